"""Instances → traces → shards: the same bytes whoever makes them, however many at a time, and after however many stops.

A shard is a fixed range of draws. A worker draws one and asks which rows stay (`making.make`); one process, for all,
looks at the ids in the order of the draws and answers (`_Run.judge`); the worker writes what stays, and it is entered
in the manifest. Whatever is not in the manifest does not exist.
"""

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from math import log2
from pathlib import Path
from typing import Any

import numpy as np

from data import card, making, shards
from data import manifest as manifests
from data.card import Tally
from data.deduplication import SeenIds
from data.executors import EXECUTORS, Executor
from data.making import Recipe
from data.manifest import SPLITS, Manifest, Settings, Shard
from data.splitting import Bytes, Mask
from planning.domain import Domain, Sampling
from planning.traces import Traces
from solvers import registry
from solvers.search import NO_LIMITS, Limits

_log = logging.getLogger(__name__)

MAX_FRUITLESS_DRAWS = 20_000
"""After so many draws in a row that bring nothing new, nothing new is expected any more."""

_SHARD_BYTES, _SHARD_ROWS, _MAX_SHARD_DRAWS = 12 << 20, 2048, 1 << 14
_MARGIN = 1.02  # shards differ by a few per cent

OnProgress = Callable[[int, int, float], None]
"""Called with the number of examples so far, the number wanted, and the seconds since the start."""


def generate(
    domain: Domain[Any, Any],
    sampling: Sampling,
    *,
    num: int,
    seed: int,
    out: Path | str,
    heuristic: str | None = None,
    random_ties: bool = False,
    limits: Limits = NO_LIMITS,
    max_trace_tokens: int | None = None,
    test_percent: int = 10,
    draws_per_shard: int | None = None,
    workers: int = 1,
    executor: str | None = None,
    resume: bool = False,
    on_progress: OnProgress | None = None,
) -> Manifest:
    """Make a data set of exactly `num` different examples, train and test together, in the directory `out`.

    Equal settings give equal bytes (of one version of pyarrow), whatever `workers` and `executor` are. What a killed
    run has finished stays; with `resume` the next one goes on there, also with a greater `num`.

    Args:
        domain: what to draw from.
        sampling: what `domain.sampling` returned.
        num: examples.
        seed: from 0 to 2⁶⁴ − 1.
        out: a directory that is empty or does not exist, unless `resume`.
        heuristic: by name; the domain's first one, unless given.
        random_ties: whether searches choose among equals by (seeded) chance.
        limits: `max_expansions` leaves out harder problems; a time limit is refused.
        max_trace_tokens: leave out traces of so many tokens or more in the `paper` format, the plan not counted.
        test_percent: how many of 100 layouts are for testing, 0 to 99.
        draws_per_shard: unless given, such that a shard has some thousand examples, or some ten megabytes before
            compression.
        workers: processes at work.
        executor: a name in `data.executors.EXECUTORS`; `serial` for one worker, else `processes`, unless given.
        resume: go on with the data set in `out`, if there is one; what is damaged in it is drawn again.
        on_progress: called after each shard.

    Raises:
        ValueError: A setting is not possible or not what it was; `out` holds something; a shard is damaged, and
            what is drawn again is not what it was; or there are no more different examples.
        OSError: The disk is full, or cannot be written.
    """
    started = time.perf_counter()
    counts = {"num": num, "workers": workers, "draws_per_shard": draws_per_shard, "max_trace_tokens": max_trace_tokens}
    _check(counts | {"max_expansions": limits.max_expansions}, seed, test_percent, limits)
    settings = Settings(
        domain=domain.name,
        generator=sampling.generator,
        size=sampling.size,
        options=dict(sorted(sampling.options.items())),
        heuristic=_known_name("heuristic", heuristic, domain.heuristics),
        random_ties=random_ties,
        seed=seed,
        max_expansions=limits.max_expansions,
        max_trace_tokens=max_trace_tokens,
        test_percent=test_percent,
        draws_per_shard=draws_per_shard or 0,
    )
    chosen = EXECUTORS[_known_name("executor", executor or ("serial" if workers == 1 else "processes"), EXECUTORS)]
    directory = Path(out)
    with manifests.claimed(directory, resume):
        manifest = _opened(domain, sampling, settings, num, directory)
        run = _Run(Recipe(domain, sampling, manifest.settings, manifest.state_width, directory), manifest)
        run.take_stock()
        if not manifest.complete:
            run.go(chosen, workers, lambda done: on_progress and on_progress(done, num, time.perf_counter() - started))
        card.write(directory, run.manifest, run.tally)
        return run.manifest


class _Run:
    """The parent's side: the manifest, what was seen so far, and what it was like."""

    def __init__(self, recipe: Recipe, manifest: Manifest) -> None:
        self.recipe, self.manifest = recipe, manifest
        self.seen, self.tally = SeenIds(manifest.num), Tally()
        self.num_wanted = manifest.num - manifest.rows
        self.next_index = manifest.shards[-1].index + 1 if manifest.shards else 0
        self.num_ahead, self.num_judged, self.num_fruitless = 0, len(manifest.shards), 0

    def take_stock(self) -> None:
        """Read what former runs have finished, and draw again what is damaged."""
        width = self.manifest.state_width
        for shard in self.manifest.shards:
            paths = {split: self.recipe.directory / manifests.path(split, shard.index) for split in shard.files}
            files = [(paths[split], file) for split, file in shard.files.items()]
            try:
                found = [shards.summary(*file, width) for file in files]
            except shards.DamagedError:
                self._draw_again(shard)
                found = [shards.summary(*file, width) for file in files]
            for ids, plan_lengths, trace_lengths, costs in found:
                self.seen.add(ids)
                self.tally.count(plan_lengths, trace_lengths, costs)

    def _draw_again(self, shard: Shard) -> None:
        """Write a shard once more; those before it have been seen."""
        drawn = making.draw_shard(self.recipe, shard.index)
        keep = self.seen.add(drawn.ids)
        again, _, contents = making.rendered(drawn, keep & (np.cumsum(keep) <= shard.rows), 0)
        if again.files != shard.files:
            raise ValueError(
                f"{self.recipe.directory}: shard {shard.index} is damaged, and drawn again it has other bytes (another "
                "version of pyarrow?): restore it, or make the data set again in an empty directory"
            )
        making.write(self.recipe.directory, again, contents)
        _log.warning("shard %d was damaged, and has been drawn again", shard.index)

    def go(self, executor: Executor, workers: int, on_progress: Callable[[int], Any]) -> None:
        """Make the shards that are missing."""
        on_progress(self.manifest.rows)
        left_out: dict[str, Any] = dict.fromkeys(manifests.LEFT_OUT, 0)
        with closing(executor(workers, making.make, self.next_work, self.judge)) as results:
            while not self.manifest.complete:
                shard, tally = next(results)
                left_out = {name: num + getattr(shard, name) for name, num in left_out.items()}
                if shard.files:
                    self.tally.add(tally)
                    self.manifest = self.manifest.with_shard(replace(shard, **left_out))
                    self.manifest.save(self.recipe.directory)
                    left_out = dict.fromkeys(left_out, 0)
                    on_progress(self.manifest.rows)

    def next_work(self) -> tuple[Recipe, int] | None:
        """Return the shard to draw next, unless none will be needed if those drawn are like those before."""
        num_found = self.manifest.num - self.num_wanted
        is_enough = self.num_judged and self.num_ahead * num_found / self.num_judged > _MARGIN * self.num_wanted
        if is_enough or not self.num_wanted:
            return None
        self.next_index, self.num_ahead = self.next_index + 1, self.num_ahead + 1
        return self.recipe, self.next_index - 1

    def judge(self, ids: Bytes) -> tuple[Mask, int]:
        """Decide for shards in their order which rows stay: those not seen before, as many as are wanted.

        Return that, and how many were seen before.

        Raises:
            ValueError: For too long, none was new.
        """
        keep = self.seen.add(ids)
        num_duplicates = int(np.count_nonzero(~keep))
        self.num_fruitless = 0 if keep.any() else self.num_fruitless + self.recipe.settings.draws_per_shard
        if self.num_wanted and self.num_fruitless >= MAX_FRUITLESS_DRAWS:
            raise ValueError(_exhausted(self.recipe, self.num_wanted, self.manifest.num, self.num_fruitless))
        keep &= np.cumsum(keep) <= self.num_wanted
        self.num_wanted -= int(np.count_nonzero(keep))
        self.num_ahead, self.num_judged = self.num_ahead - 1, self.num_judged + 1
        return keep, num_duplicates


def _opened(domain: Domain[Any, Any], sampling: Sampling, settings: Settings, num: int, directory: Path) -> Manifest:
    """Return the manifest in the directory after making sure that it fits, or else a new one, written."""
    if (directory / manifests.FILE_NAME).exists():
        manifest = _resumed(manifests.load(directory), settings, num)
    else:
        manifest = _planned(Recipe(domain, sampling, settings, 0, directory), num)
    manifest.save(directory)
    for split in SPLITS:
        (directory / split).mkdir(exist_ok=True)
    listed = {directory / path for split in SPLITS for path, _ in manifest.paths(split)}
    for file in (file for split in SPLITS for file in (directory / split).glob("shard-*.parquet")):
        if file not in listed:  # whole, but the run ended before it was entered
            file.unlink()
    return manifest


def _resumed(manifest: Manifest, settings: Settings, num: int) -> Manifest:
    if not settings.draws_per_shard:
        settings = replace(settings, draws_per_shard=manifest.settings.draws_per_shard)
    difference = manifest.settings.difference(settings)
    if difference:
        raise ValueError(f"cannot resume with other settings: {difference}; take the same, or another directory")
    if num == manifest.num:
        return manifest
    if num < manifest.rows:
        raise ValueError(f"num is {num:,}, but there are {manifest.rows:,} examples already; take another directory")
    # The last shard of a complete data set may have been cut short.
    finished = manifest.shards[:-1] if manifest.complete else manifest.shards
    return replace(manifest, num=num, shards=finished)


def _planned(recipe: Recipe, num: int) -> Manifest:
    """Look at the first draws, and plan shards of a handy size; nothing but the settings decides it."""
    parts: list[Traces] = []
    drawn, step = 0, 4
    while sum(map(len, parts)) < min(num, 16) and drawn < MAX_FRUITLESS_DRAWS:
        parts += recipe.draw(range(drawn, drawn + step)).parts
        drawn, step = drawn + step, drawn + step
    rows = sum(map(len, parts))
    if not rows:
        raise ValueError(_exhausted(recipe, num, num, drawn))
    row_bytes = sum(_num_bytes(part) for part in parts) / rows
    wanted = min(max(num / 32, min(num, _SHARD_ROWS)), _SHARD_BYTES / row_bytes) * drawn / rows
    draws = recipe.settings.draws_per_shard or min(1 << max(0, round(log2(wanted))), _MAX_SHARD_DRAWS)
    return Manifest(replace(recipe.settings, draws_per_shard=draws), num, parts[0].states.shape[1])


def _num_bytes(traces: Traces) -> int:
    columns = (traces.codes, traces.plans, traces.kinds, traces.states, traces.g, traces.h)
    return sum(column.nbytes for column in columns)


def _exhausted(recipe: Recipe, num_wanted: int, num: int, draws: int) -> str:
    done = num - num_wanted
    settings = recipe.settings
    options = ", ".join(f"{name} {value}" for name, value in settings.options.items())
    what = f"{settings.domain} of size {settings.size} by {settings.generator}" + (f" ({options})" if options else "")
    return (
        f"{draws:,} draws in a row gave nothing new: {done:,} of {num:,} examples found for {what}. Ask for fewer, "
        "for a greater size, or for other options or limits, in another directory"
    )


def _known_name(what: str, name: str | None, known: Any) -> str:
    chosen = name or next(iter(known))
    registry.lookup(what, chosen, known)
    return chosen


def _check(counts: Mapping[str, int | None], seed: int, test_percent: int, limits: Limits) -> None:
    for name, value in counts.items():
        if value is not None and value < 1:
            raise ValueError(f"{name} must be at least 1, not {value}")
    if not 0 <= seed < 1 << 64:
        raise ValueError(f"seed must be from 0 to 2⁶⁴ − 1, not {seed}")
    if not 0 <= test_percent < 100:
        raise ValueError(f"test_percent must be from 0 to 99, not {test_percent}")
    if limits.time_limit_s is not None:
        raise ValueError("a time limit would let the machine decide what is in the data; limit max_expansions instead")
