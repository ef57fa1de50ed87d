"""The options of `twofold travellers`, and its help."""

import argparse
from pathlib import Path

from twofold.option_types import count, seed

MAKE, SHOW = "make", "show"
SUMMARY = "make data sets of simulated travellers: texts with the requests that they mean"
DESCRIPTION = """\
Draw simulated travellers: a persona, a request that suits it, and the words in which such a person puts it, perhaps
with wishes left out. Texts and requests are written as Parquet shards with a manifest, split into train and test by
people and by templates: no wording of one side is ever used on the other. Everything is made up.
"""
EPILOG = """\
examples:
  twofold travellers make --num 10000 --seed 1 --out runs/travellers
  twofold travellers make --num 10000 --seed 1 --out runs/travellers --resume
  twofold travellers make --num 1000 --max-hidden 3 --unpriced --out runs/quick
  twofold travellers show runs/travellers --split test --index 7

exit codes:
  0    the data set is complete, or the traveller is shown
  2    bad usage, or the directory holds something else or cannot be written
  130  interrupted: what is complete stays, and --resume goes on
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the actions of `twofold travellers` and their options to a parser."""
    actions = parser.add_subparsers(title="what", dest="action", metavar="WHAT", required=True)
    make = actions.add_parser(MAKE, help="make a data set", allow_abbrev=False)
    make.add_argument("--num", type=count(1, 10**9), required=True, metavar="N", help="how many travellers")
    make.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to write them")
    make.add_argument("--seed", type=seed, default=0, metavar="N", help="of everything (default: 0)")
    make.add_argument("--max-hidden", type=count(0, 20), default=0, metavar="N", help="wishes left out at most (0)")
    make.add_argument("--test-percent", type=count(0, 100), default=10, metavar="N", help="for testing (10)")
    make.add_argument("--unpriced", action="store_true", help="do not solve for the best price: faster by far")
    make.add_argument("--resume", action="store_true", help="go on with a run that was stopped")
    show = actions.add_parser(SHOW, help="show one traveller", allow_abbrev=False)
    show.add_argument("directory", type=Path, metavar="DIR", help="the data set")
    show.add_argument("--split", choices=("train", "test"), default="train", help="which side (default: train)")
    show.add_argument("--index", type=count(0, 10**9), default=0, metavar="N", help="which one (default: 0)")
    for action in (make, show):
        action.add_argument("--json", action="store_true", help="one JSON object, for programs")
        action.add_argument("-v", "--verbose", action="count", default=0, help="say more on standard error")
