"""Read the requests of simulated travellers, and compare what was understood with what was meant.

    python -m benchmarks.translation [--smoke] [--num 5000] [--split test] [--show 20]

The texts are of personas and templates that the grammar was never written with: `data.personas.side` decides by their
hash. `--split train --show N` lists misreadings to improve the grammar with; those of the other side are only counted.
"""

import argparse
import statistics
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.timing import (
    Bar,
    argument_parser,
    conclude,
    environment,
    markdown,
    percentile,
    refuse_bad_files,
    write_report,
)
from data.personas import SPLITS
from data.travellers import Traveller, draw_travellers, world_of
from data.travellers_requests import TODAY, World, fields_of
from planning.travel.inventory.demo import open_demo
from planning.travel.translation import Translation
from planning.travel.translation.gazetteer import Gazetteer
from planning.travel.translation.rules import translate_by_rules

NUM, SMOKE_NUM = 5000, 40
SEED = 6


@dataclass(frozen=True, slots=True)
class Reading:
    """One text as it was read: the fields that differ from what was meant, and whether the reader doubted itself."""

    traveller: Traveller
    translation: Translation
    wrong: tuple[str, ...]
    cpu_s: float

    @property
    def says_so(self) -> bool:
        """Tell whether something is not understood, missing or contradictory by the translation itself."""
        found = self.translation
        return bool(found.not_understood or found.problems or found.missing)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return 1 where a bar is missed, and 0 otherwise."""
    options = _options(arguments)
    num = SMOKE_NUM if options.smoke else options.num
    inventory = open_demo()
    gazetteer, world = Gazetteer.of(inventory), world_of(inventory)
    travellers = draw_travellers(inventory, seed=SEED, split=options.split, numbers=range(num), priced=False)
    readings = [read(traveller, gazetteer, world) for traveller in travellers]
    if options.show and options.split == "train":
        _show_wrong(readings, options.show)
    figures = figures_of(readings)
    _print(figures, readings)
    bars = _bars(figures, readings)
    write_report(options.report, figures | {"environment": environment(("pydantic", "rapidfuzz"))}, bars)
    return conclude(bars, judged=not options.smoke and options.split == "test")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argument_parser("translation", __doc__)
    parser.add_argument("--num", type=int, default=NUM, help=f"how many requests (default: {NUM})")
    parser.add_argument("--split", choices=SPLITS, default="test", help="whose: test is judged (default)")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="with --split train: list N misreadings")
    options = parser.parse_args(arguments)
    if options.num < 1:
        parser.error(f"--num is {options.num}: give at least 1")
    refuse_bad_files(parser, options.report)
    return options


def read(traveller: Traveller, gazetteer: Gazetteer, world: World) -> Reading:
    """Translate a traveller's text and compare every field; provenance does not count."""
    started = time.process_time()
    translation = translate_by_rules(traveller.text, today=TODAY, gazetteer=gazetteer)
    cpu_s = time.process_time() - started
    meant = _comparable(fields_of(traveller.gold), world)
    if translation.request is None:
        # What is in the draft is compared all the same: the error table is to say what went wrong.
        understood = _comparable(_of_draft(translation.draft), world)
        wrong = [path for path in meant if path in traveller.fields and meant[path] != understood.get(path)]
        return Reading(traveller, translation, tuple(wrong) or ("the whole",), cpu_s)
    understood = _comparable(fields_of(translation.request), world)
    paths = dict.fromkeys((*meant, *understood))
    return Reading(
        traveller, translation, tuple(path for path in paths if meant.get(path) != understood.get(path)), cpu_s
    )


def _of_draft(draft: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in draft.items():
        nested = isinstance(value, dict) and name not in ("dates", "objective")
        found |= {f"{name}.{leaf}": each for leaf, each in value.items()} if nested else {name: value}
    return found


def _comparable(fields: dict[str, Any], world: World) -> dict[str, Any]:
    """Return fields in a form in which equal meanings are equal: lists without order, a region as its cities."""
    found = {path: frozenset(value) if isinstance(value, tuple) else value for path, value in fields.items()}
    region = found.get("destination.region")
    if region is not None:
        found["destination.region"] = frozenset(
            city.name for city in world.inventory.cities() if region in (city.region, city.country)
        )
    return found


def figures_of(readings: Sequence[Reading]) -> dict[str, Any]:
    """Return exact match in all, by number of constraints, kind of people and register; and the errors by field."""
    wrong = [reading for reading in readings if reading.wrong]
    return {
        "num": len(readings),
        "exact": _share(readings),
        "num_wrong": len(wrong),
        "flagged_share_of_wrong": sum(reading.says_so for reading in wrong) / max(1, len(wrong)),
        "not_understood_share_of_wrong": sum(bool(r.translation.not_understood) for r in wrong) / max(1, len(wrong)),
        "silent_misreadings": sum(not reading.says_so for reading in wrong),
        "flagged_share_of_right": sum(r.says_so for r in readings if not r.wrong) / max(1, len(readings) - len(wrong)),
        "by_constraints": _by(readings, lambda reading: str(reading.traveller.num_constraints)),
        "by_people": _by(readings, lambda reading: reading.traveller.persona.who),
        "by_register": _by(readings, lambda reading: reading.traveller.persona.register),
        "by_purse": _by(readings, lambda reading: reading.traveller.persona.purse),
        "errors_by_field": dict(Counter(path for reading in wrong for path in reading.wrong).most_common()),
        "silent_by_field": dict(Counter(p for r in wrong if not r.says_so for p in r.wrong).most_common()),
        "cpu_ms_median": 1000 * statistics.median(reading.cpu_s for reading in readings),
        "cpu_ms_p95": 1000 * percentile([reading.cpu_s for reading in readings], 0.95),
    }


def _share(readings: Sequence[Reading]) -> float:
    return sum(not reading.wrong for reading in readings) / max(1, len(readings))


def _by(readings: Sequence[Reading], key: Any) -> dict[str, dict[str, float]]:
    groups: dict[str, list[Reading]] = {}
    for reading in readings:
        groups.setdefault(key(reading), []).append(reading)
    return {name: {"num": len(group), "exact": _share(group)} for name, group in sorted(groups.items())}


def _bars(figures: dict[str, Any], readings: Sequence[Reading]) -> list[Bar]:
    bars = [Bar("requests translated exactly", figures["exact"], 0.95, "of all")]
    if any(reading.wrong for reading in readings):
        bars.append(Bar("misreadings that say so", figures["flagged_share_of_wrong"], 0.9, "of the wrong ones"))
    return bars


def _print(figures: dict[str, Any], readings: Sequence[Reading]) -> None:
    for name, value in figures.items():
        if not isinstance(value, dict):
            print(f"{name}: {value:.4g}" if isinstance(value, float) else f"{name}: {value}")
    for title in ("by_constraints", "by_register", "by_purse", "by_people"):
        rows = [(name, group["num"], group["exact"]) for name, group in figures[title].items()]
        print(f"\n{markdown((title.removeprefix('by_'), 'requests', 'exact'), rows)}")
    rows = [(name, num, figures["silent_by_field"].get(name, 0)) for name, num in figures["errors_by_field"].items()]
    print(f"\n{markdown(('field', f'wrong of {len(readings)}', 'in silence'), rows)}\n")


def _show_wrong(readings: Sequence[Reading], num: int) -> None:
    for reading in [reading for reading in readings if reading.wrong][:num]:
        traveller, found = reading.traveller, reading.translation
        understood = _of_draft(found.draft)
        print(f"{traveller.number} {traveller.persona.register}: {traveller.text}")
        for path in reading.wrong:
            print(f"    {path}: meant {traveller.fields.get(path)!r}, understood {understood.get(path)!r}")
        print(f"    doubts: {(*found.not_understood, *found.problems, *found.missing, *found.warnings)}\n")


if __name__ == "__main__":
    sys.exit(main())
