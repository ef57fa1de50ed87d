"""Instances → traces → shards: the same bytes whoever makes them, however many at a time, and after however many stops.

A shard is a fixed range of draws. Workers draw shards and put them aside (`_make`); the parent looks at the ids, in the
order of the draws, and says what stays (`_Run.judged`); workers write that (`_write`); the parent enters it in the
manifest. Whatever is not in the manifest does not exist.
"""

import hashlib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from math import log2
from pathlib import Path
from typing import Any

import numpy as np

from data import card, shards
from data import manifest as manifests
from data.card import Tally
from data.deduplication import SeenIds
from data.executors import EXECUTORS, Executor
from data.manifest import SPLITS, TEMPORARY, Manifest, Settings, Shard, ShardFile
from data.splitting import ID_BYTES, Bytes, Mask, fingerprints
from planning.domain import Domain, Sampling
from planning.domains import DOMAINS
from planning.traces import Offsets, Traces
from solvers import registry
from solvers.search import NO_LIMITS, Limits

MAX_FRUITLESS_DRAWS = 20_000
"""After so many draws in a row that bring nothing new, nothing new is expected any more."""

_SHARD_BYTES, _SHARD_ROWS, _MAX_SHARD_DRAWS = 12 << 20, 2048, 1 << 14
_NUM_PIECES = 32
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
        seed: from 0 to 2⁶³ − 1.
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
        resume: go on with the data set in `out`, if there is one.
        on_progress: called after each shard.

    Raises:
        ValueError: A setting is not possible or not what it was; `out` holds something; a shard is damaged; or there
            are no more different examples.
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
    start = EXECUTORS[_known_name("executor", executor or ("serial" if workers == 1 else "processes"), EXECUTORS)]
    directory = Path(out)
    with manifests.claimed(directory, resume):
        manifest = _opened(domain, sampling, settings, num, directory)
        run = _Run(_Recipe(domain, sampling, manifest.settings, manifest.state_width, directory), manifest)
        run.take_stock()
        if not manifest.complete:
            with start(workers) as chosen:
                run.go(chosen, lambda done: on_progress and on_progress(done, num, time.perf_counter() - started))
        card.write(directory, run.manifest, run.tally)
        return run.manifest


@dataclass(frozen=True, slots=True)
class _Recipe:
    """All that a worker has to know."""

    domain: Domain[Any, Any]
    sampling: Sampling
    settings: Settings
    state_width: int
    directory: Path

    def __reduce__(self) -> tuple[Any, ...]:
        """Let a known domain travel to a worker by its name: nothing says that it can be pickled."""
        known = DOMAINS.get(self.domain.name)
        domain = self.domain.name if type(known) is type(self.domain) else self.domain
        return _received, (domain, self.sampling, self.settings, self.state_width, self.directory)

    def draw(self, draws: range) -> tuple[list[Traces], int]:
        """Return the traces of some draws, in parts that are not empty, and how many others were too long."""
        settings, parts, num_too_long = self.settings, [], 0
        traces = self.domain.draw_traces(
            self.sampling,
            draws,
            seed=settings.seed,
            heuristic=settings.heuristic,
            random_ties=settings.random_ties,
            limits=Limits(settings.max_expansions),
        )
        if len(traces) and settings.max_trace_tokens is not None:
            is_short = trace_tokens(self.domain, traces) < settings.max_trace_tokens
            num_too_long = int(np.count_nonzero(~is_short))
            traces = traces.select(is_short) if num_too_long else traces
        if len(traces):  # an empty one may have another state width
            parts.append(traces)
        return parts, num_too_long


def _received(domain: Domain[Any, Any] | str, *others: Any) -> _Recipe:
    return _Recipe(DOMAINS[domain] if isinstance(domain, str) else domain, *others)


@dataclass(frozen=True, slots=True)
class _Made:
    """A shard as drawn: its rows, put aside in `file` (None: there are none), and what is to be judged."""

    recipe: _Recipe
    index: int
    file: Path | None
    ids: Bytes
    is_test: Mask
    num_too_long: int


@dataclass(frozen=True, slots=True)
class _Judged:
    """A shard as drawn, and which of its rows stay."""

    made: _Made
    keep: Mask
    num_duplicates: int


class _Run:
    """The parent's side: the manifest, what was seen so far, and what it was like."""

    def __init__(self, recipe: _Recipe, manifest: Manifest) -> None:
        self.recipe, self.manifest = recipe, manifest
        self.seen, self.tally = SeenIds(), Tally()
        self.num_wanted = manifest.num - manifest.rows
        self.next_index = manifest.shards[-1].index + 1 if manifest.shards else 0
        self.num_ahead, self.num_judged = 0, len(manifest.shards)

    def take_stock(self) -> None:
        """Read what former runs have finished."""
        for split in SPLITS:
            for ids, plan_lengths, trace_lengths, costs in shards.TraceSet(self.recipe.directory, split).summaries():
                self.seen.add(ids)
                self.tally.count(plan_lengths, trace_lengths, costs)

    def go(self, executor: Executor, on_progress: Callable[[int], Any]) -> None:
        """Make the shards that are missing."""
        on_progress(self.manifest.rows)
        for shard, tally in executor.map(_write, self.judged(executor)):
            self.tally.add(tally)
            self.manifest = self.manifest.with_shard(shard)
            self.manifest.save(self.recipe.directory)
            on_progress(self.manifest.rows)

    def works(self) -> Iterator[tuple[_Recipe, int]]:
        """Yield the shards to draw next, but none that will not be needed if they are like those before."""
        while True:
            num_found = self.manifest.num - self.num_wanted
            if self.num_judged and self.num_ahead * num_found / self.num_judged > _MARGIN * self.num_wanted:
                return
            index = self.next_index
            self.next_index, self.num_ahead = index + 1, self.num_ahead + 1
            yield self.recipe, index

    def judged(self, executor: Executor) -> Iterator[_Judged]:
        """Decide for shards in their order which rows stay: those not seen before, as many as are wanted."""
        num_fruitless = 0
        while self.num_wanted:
            for made in executor.map(_make, self.works()):
                keep = self.seen.add(made.ids)
                num_duplicates = int(np.count_nonzero(~keep))
                num_fruitless = 0 if keep.any() else num_fruitless + self.recipe.settings.draws_per_shard
                if num_fruitless >= MAX_FRUITLESS_DRAWS:
                    raise ValueError(_exhausted(self.recipe, self.num_wanted, self.manifest.num, num_fruitless))
                keep &= np.cumsum(keep) <= self.num_wanted
                self.num_wanted -= int(np.count_nonzero(keep))
                self.num_ahead, self.num_judged = self.num_ahead - 1, self.num_judged + 1
                if keep.any():
                    yield _Judged(replace(made, ids=made.ids[:0]), keep, num_duplicates)
                elif made.file:
                    made.file.unlink()
                if not self.num_wanted:
                    return


def _make(work: tuple[_Recipe, int]) -> _Made:
    """Draw one shard, and put it aside under a temporary name."""
    recipe, index = work
    num_draws = recipe.settings.draws_per_shard
    step = max(16, num_draws // _NUM_PIECES)
    end = (index + 1) * num_draws
    parts, num_too_long = [], 0
    for start in range(index * num_draws, end, step):
        drawn, too_long = recipe.draw(range(start, min(start + step, end)))
        parts += drawn
        num_too_long += too_long
    if not parts:
        return _Made(recipe, index, None, np.zeros((0, ID_BYTES), np.uint8), np.zeros(0, np.bool_), num_too_long)
    traces = Traces.concatenate(parts, recipe.state_width)
    ids, is_test = fingerprints(recipe.domain, traces, recipe.settings.test_percent)
    file = recipe.directory / f"{TEMPORARY}{os.getpid()}-{index:05d}.arrow"
    shards.put_aside(shards.table_of(traces, ids), file)
    return _Made(recipe, index, file, ids, is_test, num_too_long)


@shards.returning_memory()
def _write(judged: _Judged) -> tuple[Shard, Tally]:
    """Write what stays of one shard, each split to a file of its own, and forget the rest."""
    made = judged.made
    recipe, index = made.recipe, made.index
    assert made.file is not None
    table = shards.taken_up(made.file)
    traces, ids = shards.traces_of(table, recipe.state_width), shards.ids_of(table)
    files, max_g, max_h = {}, 0, 0
    first_draw = index * recipe.settings.draws_per_shard
    for split, side in zip(SPLITS, (~made.is_test, made.is_test), strict=True):
        keep = judged.keep & side
        if not keep.any():
            continue
        rows = traces.select(keep)
        max_g, max_h = max(max_g, int(rows.g.max())), max(max_h, int(rows.h.max()))
        about = {"split": split, "first_draw": first_draw, "state_width": recipe.state_width}
        about["settings"] = manifests.as_json(recipe.settings)
        content = shards.parquet_of(shards.table_of(rows, ids[keep]), about)
        manifests.write_whole(recipe.directory / manifests.path(split, index), content)
        files[split] = ShardFile(len(rows), hashlib.sha256(content).hexdigest())
    made.file.unlink()
    tally = Tally()
    plan_lengths, trace_lengths = np.diff(traces.plan_offsets), np.diff(traces.event_offsets)
    tally.count(plan_lengths[judged.keep], trace_lengths[judged.keep], traces.costs[judged.keep])
    shard = Shard(index, first_draw, judged.num_duplicates, made.num_too_long, max_g, max_h, files)
    return shard, tally


def trace_tokens(domain: Domain[Any, Any], traces: Traces) -> Offsets:
    """Return the number of tokens of each trace (int64 [N]) in the `paper` format, without its plan.

    A clause is `create` or `close`, the words of the state, and two costs. All problems have the size of the first.
    """
    first = traces.codes[: traces.code_offsets[1]].tolist()
    words = domain.wording("paper", *domain.extent(domain.problem(first))).state_tokens(traces)
    is_word, count_words = words >= 0, np.count_nonzero
    num_words = [count_words(is_word[start:end]) for start, end in pairwise(traces.event_offsets.tolist())]
    lengths: Offsets = np.array(num_words, np.int64) + 3 * np.diff(traces.event_offsets)
    return lengths


def _opened(domain: Domain[Any, Any], sampling: Sampling, settings: Settings, num: int, directory: Path) -> Manifest:
    """Return the manifest in the directory after making sure that it fits, or else a new one, written."""
    if (directory / manifests.FILE_NAME).exists():
        manifest = _resumed(manifests.load(directory), settings, num)
    else:
        manifest = _planned(_Recipe(domain, sampling, settings, 0, directory), num)
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


def _planned(recipe: _Recipe, num: int) -> Manifest:
    """Look at the first draws, and plan shards of a handy size; nothing but the settings decides it."""
    parts: list[Traces] = []
    drawn, step = 0, 4
    while sum(map(len, parts)) < min(num, 16) and drawn < MAX_FRUITLESS_DRAWS:
        parts += recipe.draw(range(drawn, drawn + step))[0]
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


def _exhausted(recipe: _Recipe, num_wanted: int, num: int, draws: int) -> str:
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
    if not 0 <= seed < 1 << 63:
        raise ValueError(f"seed must be from 0 to 2⁶³ − 1, not {seed}")
    if not 0 <= test_percent < 100:
        raise ValueError(f"test_percent must be from 0 to 99, not {test_percent}")
    if limits.time_limit_s is not None:
        raise ValueError("a time limit would let the machine decide what is in the data; limit max_expansions instead")
