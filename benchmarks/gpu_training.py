"""Rows of `benchmarks.gpu`: products alone, batches, and training in both precisions, compiled, and by Lightning."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch

from benchmarks.gpu_checks import compiled_against_plain
from benchmarks.gpu_flops import FORWARD_AND_BACKWARD, matmul_peak, synchronise, work
from benchmarks.gpu_rows import (
    OUT_OF_MEMORY,
    PRECISIONS,
    Mazes,
    Place,
    Row,
    first_mazes,
    guarded,
    mazes,
    measured,
    moved,
)
from benchmarks.training import SEED, Learning, new_network
from searchformer.batches import Batch
from searchformer.training_config import TrainingConfig
from searchformer.transformer import Transformer


def device_rows(place: Place) -> Iterator[Row]:
    """Measure products alone in both precisions, and how fast one CPU process makes batches."""
    width, budget = place.scale.width, place.scale.token_budget
    for precision, dtype in (("bf16", torch.bfloat16), ("fp32", torch.float32)):
        row = Row("products alone", precision=precision, remark=f"{width:,} × {width:,}")
        yield guarded(place, row, partial(_products, place, dtype))
    drawn = first_mazes(place)
    started = time.perf_counter()
    made = drawn.batches(budget, place.scale.turn_tokens)
    rate = sum(int(batch.num_tokens) for batch in made) / (time.perf_counter() - started)
    yield Row("making batches", data=drawn.name, batch=budget, tokens_per_s=rate, remark="one CPU process")


def _products(place: Place, dtype: torch.dtype, row: Row) -> Row:
    return measured(place, row, None, matmul_peak(place.device, dtype, place.scale.width), row.remark)


def training_rows(place: Place, size: str) -> Iterator[Row]:
    """Measure training in both precisions on all mazes."""
    drawn = [mazes(side, num) for side, num in place.scale.num_mazes.items()]
    left = [(each, precision) for precision in PRECISIONS for each in drawn]
    while left:
        seconds = min(place.scale.row_s, 0.4 * place.left() / len(left))
        yield from _with_less_memory(place, size, *left.pop(0), seconds=seconds)


def compiled_rows(place: Place, size: str) -> Iterator[Row]:
    """Measure training with torch.compile, and hold the compiled network against the plain one."""
    if place.is_cpu:
        yield Row("training, compiled", size, failed="left out: on a CPU, it takes minutes and gains nothing")
        return
    drawn = first_mazes(place)
    yield from _with_less_memory(place, size, drawn, "bf16", seconds=place.scale.row_s, compiled=True)
    yield compiled_against_plain(place, size, drawn)


def _with_less_memory(
    place: Place, size: str, drawn: Mazes, precision: str, *, seconds: float, compiled: bool = False
) -> Iterator[Row]:
    """Yield a row, and others with half the budget of tokens as long as memory does not suffice."""
    what, budget = "training, compiled" if compiled else "training", place.scale.token_budget
    while budget >= 2 * drawn.longest:
        row = Row(what, size, drawn.name, precision, budget)
        found = guarded(place, row, lambda now: _training(place, now, drawn, seconds, compiled=compiled))
        yield found
        if found.failed != OUT_OF_MEMORY:
            return
        budget //= 2


def _training(place: Place, row: Row, drawn: Mazes, seconds: float, *, compiled: bool) -> Row:
    assert row.batch is not None
    network = new_network(row.network, drawn.token_format, drawn.longest).to(place.device)
    if compiled:
        network.compile(dynamic=True)
    learning = Learning(network, TrainingConfig(size=row.network, precision=PRECISIONS[row.precision]))
    batches = drawn.batches(row.batch, place.scale.turn_tokens)
    if not place.is_cpu:
        batches = [Batch(*(column.pin_memory() for column in batch)) for batch in batches]
    batches, warm_up_s = _warmed(learning, batches, seconds)
    num_turns, spent, started = 0, 0.0, time.perf_counter()
    while not num_turns or spent + spent / num_turns <= seconds:  # as long as another turn fits
        for batch in batches:
            learning.step(moved(batch, place.device))
        synchronise(place.device)
        num_turns += 1
        spent = time.perf_counter() - started
    num_tokens = num_turns * sum(int(batch.num_tokens) for batch in batches)
    flops = num_turns * sum(_flops(network, batch) for batch in batches)
    num_steps = num_turns * len(batches)
    remark = f"{1e3 * spent / num_steps:.1f} ms a step" + (f", {warm_up_s:.0f} s to compile" if compiled else "")
    return measured(place, row, num_tokens / spent, flops / spent, remark)


def _warmed(learning: Learning, batches: Sequence[Batch], seconds: float) -> tuple[list[Batch], float]:
    """Learn from each batch once, as other lengths ask for other memory, and stop where that takes too long.

    Returns:
        Those batches that a turn of so many seconds suffices for, spread evenly from the long to the short and mixed,
        and the seconds that it took.
    """
    begun = started = time.perf_counter()
    num_timed = 0
    for number, batch in enumerate(batches):
        learning.step(moved(batch, learning.device))
        synchronise(learning.device)
        now = time.perf_counter()
        if number < 2:  # whatever there is to compile, or to be chosen
            started = now
            continue
        num_timed += 1
        if now - started > seconds:
            break
    each = (time.perf_counter() - started) / max(1, num_timed)
    num = max(1, min(len(batches), int(seconds / each))) if num_timed else len(batches)
    chosen = [batches[(2 * i + 1) * len(batches) // (2 * num)] for i in range(num)]
    order = np.random.Generator(np.random.Philox(SEED)).permutation(num)
    return [chosen[i] for i in order], time.perf_counter() - begun


def _flops(network: Transformer, batch: Batch) -> float:
    return FORWARD_AND_BACKWARD * work(network.config, batch.prompt_lengths, batch.target_lengths - 1).total


def lightning_rows(place: Place) -> Iterator[Row]:
    """Measure what `searchformer train` reaches: Lightning's loop, and batches that are made meanwhile."""
    size, budget = place.scale.size, place.scale.token_budget
    row = Row("training by Lightning", size, precision="bf16", batch=budget)
    yield guarded(place, row, lambda now: _by_lightning(place, now))


def _by_lightning(place: Place, row: Row) -> Row:
    from data.generation import generate  # noqa: PLC0415  (only here)
    from planning.domains import DOMAINS  # noqa: PLC0415
    from searchformer.training import train  # noqa: PLC0415  (imports Lightning: seconds)

    side, num = next(iter(place.scale.num_mazes.items()))
    domain, wanted_s = DOMAINS["maze"], 2.5 * place.scale.row_s
    never = 1_000_000_000
    with tempfile.TemporaryDirectory(prefix="twofold-gpu-") as directory:
        data, out = Path(directory) / "data", Path(directory) / "run"
        generate(domain, domain.sampling(side), num=num, seed=SEED, out=data)
        settings = {
            "size": row.network,
            "precision": PRECISIONS[row.precision],
            "token_budget": row.batch,
            "accelerator": place.device.type,
            "num_workers": 0 if place.is_cpu else 6,
            "max_steps": 3 if place.is_cpu else never,
            "max_minutes": max(1.0, min(wanted_s, 0.6 * place.left())) / 60,
            "num_problems": 0,
            "num_validation_batches": 1,
            "validate_every": never,
            "save_every": never,
        }
        trained = train(settings, data, out)
    remark = f"{trained.steps} steps, the first ones included"
    return measured(place, replace(row, data=f"{side} × {side}"), trained.num_tokens / trained.seconds, None, remark)
