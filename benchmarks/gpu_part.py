"""One part of `benchmarks.gpu` in a process of its own: its rows as JSON, a line each, as soon as each is there.

python -m benchmarks.gpu_part PART DEVICE SECONDS [smoke]
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict

import torch

from benchmarks.gpu_generation import generation_rows
from benchmarks.gpu_rows import FULL, SMOKE, Place, Row
from benchmarks.gpu_training import compiled_rows, device_rows, lightning_rows, training_rows


def rows_of(part: str) -> Callable[[Place], Iterator[Row]]:
    """Return what measures a part; the size of a network follows a colon."""
    name, _, size = part.partition(":")
    if name in {"training", "compiled"}:
        measure = training_rows if name == "training" else compiled_rows
        return lambda place: measure(place, size)
    return {"device": device_rows, "generation": generation_rows, "lightning": lightning_rows}[name]


def main(part: str, device: str, seconds: str, *smoke: str) -> None:
    """Print the rows of a part."""
    if device == "cpu":
        torch.set_num_threads(1)  # others may be at work on the same cores
    place = Place(torch.device(device), SMOKE if smoke else FULL, time.perf_counter() + float(seconds))
    for row in rows_of(part)(place):
        print(json.dumps(asdict(row)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
