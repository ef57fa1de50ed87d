"""The options of `twofold traces`, and its help."""

import argparse
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from twofold.option_types import assignment, count, picture, seed

MAX_EXAMPLES = 10**9
MAX_WORKERS = 1024
MAKE, SHOW, VERIFY, TOKENS = "make", "show", "verify", "tokens"
ACTIONS = (SHOW, VERIFY, TOKENS)
DOMAIN_NAMES = ("maze", "octile", "sokoban", "tiles")

SUMMARY = "make, show and check data sets of searches, from which transformers learn"
DESCRIPTION = """\
Sample problems, solve each of them optimally, and write down the searches: a data set of Parquet shards with a
manifest, split into train and test, without duplicates, the same bytes whatever the number of workers or the machine.
"""
EPILOG = """\
what:
  maze, octile, sokoban, tiles   make a data set of that domain: `twofold traces maze --help`
  show                           show one example: problem, plan, cost, picture, tokens
  verify                         check that no shard is damaged
  tokens                         write the data set as tokens, packed for training

examples:
  twofold traces maze --num 100000 --size 10 --seed 1 --out runs/maze10
  twofold traces show runs/maze10 --index 3 --png example.png
  twofold traces verify runs/maze10
  twofold traces tokens runs/maze10 --format compact
"""

_MAKE_DESCRIPTION = """\
Make a data set of solved problems with their searches. A run that was interrupted goes on with --resume.
"""
_MAKE_EPILOG = """\
generators, and what they take as --option NAME=VALUE:
  maze, octile   paper (default): min_walls=30 max_walls=50 (per cent) tries=100; terrain: the same, and cells that
                 cost more; dfs, wilson: mazes with long corridors, loops=0 (per cent)
  sokoban        paper (default): boxes=2 walls=2; reverse: harder, played backwards from the goal, boxes=2
  tiles          walk: moves=30

examples:
  twofold traces maze --num 100000 --size 30 --seed 1 --out runs/maze30 --workers 2
  twofold traces maze --num 100000 --size 30 --seed 1 --out runs/maze30 --resume
  twofold traces maze --num 1000 --size 20 --generator wilson --ties random --out runs/corridors
  twofold traces sokoban --num 10000 --size 7 --max-trace-tokens 10000 --out runs/sokoban
  twofold traces sokoban --num 100 --size 10 --option boxes=4 --heuristic matching --out runs/four

exit codes:
  0    the data set is complete
  2    bad usage; the directory is in use or cannot be written; or there are not so many different problems
  130  interrupted: what is complete stays, and --resume goes on
"""
_SHOW_EPILOG = """\
examples:
  twofold traces show runs/maze10
  twofold traces show runs/maze10 --split test --index 7 --png example.png
  twofold traces show runs/maze10 --index 7 --trace words
"""


def routed(given: Sequence[str]) -> list[str]:
    """Return the words of a command line with the one that argparse needs where only a domain is named.

    Raises:
        ValueError: What is to be done looks like a slip.
    """
    rest = [word for word in given[1:] if word not in ("-h", "--help", "-v", "--verbose", "--json")]
    if given[:1] != ["traces"] or not rest or rest[0] in ACTIONS:
        return list(given)
    close = get_close_matches(rest[0], (*DOMAIN_NAMES, *ACTIONS), n=1)
    if close and close[0] in ACTIONS:
        raise ValueError(f"cannot {rest[0]!r}. Did you mean {close[0]!r}?")
    return [given[0], MAKE, *given[1:]]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what `twofold traces` can do to a parser."""
    what = "{" + ",".join((*DOMAIN_NAMES, *ACTIONS)) + "}"
    actions = parser.add_subparsers(dest="action", metavar=what, required=True, help="what is to be done: see below")
    _add_make(_action(actions, parser, MAKE, _MAKE_DESCRIPTION, _MAKE_EPILOG))
    _add_show(_action(actions, parser, SHOW, "Show one example of a data set.", _SHOW_EPILOG))
    verify = _action(actions, parser, VERIFY, "Check the hashes of a data set; a damaged shard is named.", None)
    _add_directory(verify)
    _add_output(verify)
    _add_tokens(_action(actions, parser, TOKENS, "Write a data set as tokens, packed for training.", None))


def _action(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]",
    parser: argparse.ArgumentParser,
    name: str,
    description: str,
    epilog: str | None,
) -> argparse.ArgumentParser:
    program = parser.prog if name == MAKE else f"{parser.prog} {name}"
    chosen = actions.add_parser(
        name,
        prog=program,
        description=description,
        epilog=epilog,
        formatter_class=parser.formatter_class,
        allow_abbrev=False,
    )
    chosen.set_defaults(parser=chosen)
    return chosen


def _add_make(parser: argparse.ArgumentParser) -> None:
    what = parser.add_argument_group("what is made")
    what.add_argument("domain", metavar="{maze,octile,sokoban,tiles}", help="the domain")
    what.add_argument(
        "--num", type=count(1, MAX_EXAMPLES), required=True, metavar="N", help="number of examples, train and test"
    )
    what.add_argument("--size", type=count(1, 10**6), required=True, metavar="S", help="width and height, in cells")
    what.add_argument("--seed", type=seed, default=0, metavar="K", help="the same seed, the same bytes (default: 0)")
    what.add_argument("--generator", metavar="NAME", help="how problems are sampled (default: paper)")
    what.add_argument(
        "--option",
        type=assignment,
        action="append",
        default=[],
        dest="options",
        metavar="NAME=VALUE",
        help="of the generator; may be repeated",
    )
    how = parser.add_argument_group("how it is searched")
    how.add_argument("--heuristic", metavar="NAME", help="see `twofold solve --help` (default: the paper's)")
    how.add_argument(
        "--ties",
        default="deterministic",
        metavar="{deterministic,random}",
        help="which of equally promising states is expanded first (default: deterministic)",
    )
    how.add_argument("--limit-nodes", type=count(1), metavar="N", help="leave out problems that need more expansions")
    how.add_argument(
        "--max-trace-tokens", type=count(1), metavar="N", help="leave out searches of N tokens or more (format paper)"
    )
    output = parser.add_argument_group("where it goes")
    output.add_argument("--out", type=Path, required=True, metavar="DIR", help="the directory, made if need be")
    output.add_argument(
        "--resume", action="store_true", help="go on with a run of the same settings; what is damaged is drawn again"
    )
    output.add_argument(
        "--workers", type=count(1, MAX_WORKERS), default=1, metavar="W", help="processes; the bytes are the same"
    )
    _add_output(output)


def _add_show(parser: argparse.ArgumentParser) -> None:
    _add_directory(parser)
    parser.add_argument("--index", type=count(0), default=0, metavar="I", help="which example (from 0; default: 0)")
    parser.add_argument("--split", default="train", metavar="{train,test}", help="of which split (default: train)")
    parser.add_argument("--png", type=picture("png"), metavar="FILE", help="draw the problem, the search and the plan")
    parser.add_argument("--gif", type=picture("gif"), metavar="FILE", help="the same as an animation")
    parser.add_argument(
        "--trace", metavar="{words,json}", help="words: prompt and target, a line each, and nothing else; json: events"
    )
    _add_output(parser)


def _add_tokens(parser: argparse.ArgumentParser) -> None:
    _add_directory(parser)
    parser.add_argument(
        "--format",
        default="paper",
        metavar="{paper,compact}",
        help="paper: Searchformer's words (default); compact: one token a cell",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="where to (default: DIR/tokens-FORMAT)")
    _add_output(parser)


def _add_directory(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("directory", type=Path, metavar="DIR", help="the data set")


def _add_output(parser: "argparse.ArgumentParser | argparse._ArgumentGroup") -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output, for programs")
    parser.add_argument("-v", "--verbose", action="count", default=0, help="say more on standard error; -vv: much more")
