"""`twofold travellers`: make a data set of simulated travellers, or show one of them."""

import itertools
import json
import logging
import sys
from argparse import Namespace
from typing import Any

from data.traveller_shards import TravellerManifest, generate_travellers, read_travellers
from planning.travel.inventory.demo import open_demo
from twofold import exits
from twofold.progress import shown_progress
from twofold.reporting import complain, json_text, sentence
from twofold.travellers_options import MAKE
from twofold.writing import write_out

PROGRAM = "twofold travellers"
_log = logging.getLogger(__name__)


def run(options: Namespace) -> int:
    """Run the command and return its exit code; whatever a user can get wrong becomes one line."""
    try:
        content = _made(options) if options.action == MAKE else _shown(options)
    except (ValueError, OSError) as error:
        _log.debug("the error in full", exc_info=True)
        complain(PROGRAM, sentence(error))
        return exits.USAGE
    except KeyboardInterrupt:
        if options.action == MAKE:
            sys.stderr.write(f"{PROGRAM}: what is complete stays in {options.out}; the same with --resume goes on\n")
        raise
    write_out(content)
    return exits.DONE


def _made(options: Namespace) -> str:
    with shown_progress(PROGRAM, "travellers") as on_progress:
        manifest = generate_travellers(
            open_demo(),
            num=options.num,
            seed=options.seed,
            out=options.out,
            max_hidden=options.max_hidden,
            priced=not options.unpriced,
            test_percent=options.test_percent,
            resume=options.resume,
            on_progress=on_progress,
        )
    if options.json:
        return json_text(json.loads(manifest.text()))
    return _made_words(manifest, options)


def _made_words(manifest: TravellerManifest, options: Namespace) -> str:
    settings = manifest.settings
    sides = f"{settings.num_train:,} for training, {settings.num_test:,} for testing"
    return f"{manifest.rows:,} travellers in {options.out}: {sides}, in {len(manifest.shards)} files.\n"


def _shown(options: Namespace) -> str:
    rows = read_travellers(options.directory, options.split)
    row: dict[str, Any] | None = next(itertools.islice(rows, options.index, None), None)
    if row is None:
        raise ValueError(f"{options.directory} has no {options.split} traveller {options.index}: they count from 0")
    row |= {"gold": json.loads(row["gold"])}
    if options.json:
        return json_text(row)
    cost = row["optimum_cents"]
    lines = [
        row["text"],
        "",
        f"who: {row['who']}; writes: {row['register']}; purse: {row['purse']}; habits: {', '.join(row['habits'])}",
        f"left out of the text: {', '.join(row['hidden']) or 'nothing'}",
        f"the best trip costs: {'not known, or there is none' if cost is None else f'{cost / 100:,.2f}'}",
        f"means: {json.dumps(row['gold'])}",
    ]
    return "\n".join(lines) + "\n"
