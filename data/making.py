"""One shard: drawn, and written once it is known which of its rows stay."""

import hashlib
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from data import manifest as manifests
from data import shards
from data.card import Tally
from data.manifest import SPLITS, Settings, Shard, ShardFile
from data.splitting import Bytes, Mask, fingerprints
from planning.domain import Domain, Sampling
from planning.domains import DOMAINS
from planning.traces import Offsets, Traces
from solvers.search import Limits

_NUM_PIECES = 32


@dataclass(frozen=True, slots=True)
class Drawn:
    """The traces of some draws in parts that are not empty, and how many others were too long, or stopped."""

    parts: list[Traces]
    num_too_long: int
    num_stopped: int


@dataclass(frozen=True, slots=True)
class Recipe:
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

    def draw(self, draws: range) -> Drawn:
        """Return the traces of some draws."""
        settings, stopped = self.settings, list[int]()
        traces = self.domain.draw_traces(
            self.sampling,
            draws,
            seed=settings.seed,
            heuristic=settings.heuristic,
            random_ties=settings.random_ties,
            limits=Limits(settings.max_expansions),
            on_stopped=stopped.append,
        )
        num_drawn = len(traces)
        if num_drawn and settings.max_trace_tokens is not None:
            is_short = trace_tokens(self.domain, traces) < settings.max_trace_tokens
            traces = traces if is_short.all() else traces.select(is_short)
        # An empty one may have another state width.
        return Drawn([traces] if len(traces) else [], num_drawn - len(traces), sum(stopped))


def _received(domain: Domain[Any, Any] | str, *others: Any) -> Recipe:
    return Recipe(DOMAINS[domain] if isinstance(domain, str) else domain, *others)


@dataclass(frozen=True, slots=True)
class DrawnShard:
    """A shard as drawn, of which some rows may have to go: seen before, or more than wanted."""

    recipe: Recipe
    index: int
    traces: Traces
    ids: Bytes
    is_test: Mask
    num_too_long: int
    num_stopped: int


def make(work: tuple[Recipe, int]) -> Generator[Bytes, tuple[Mask, int], tuple[Shard, Tally]]:
    """Draw one shard, ask which rows of these ids stay (and how many were duplicates), and write those."""
    recipe, index = work
    drawn = draw_shard(recipe, index)
    keep, num_duplicates = yield drawn.ids
    shard, tally, contents = rendered(drawn, keep, num_duplicates)
    write(recipe.directory, shard, contents)
    return shard, tally


def draw_shard(recipe: Recipe, index: int) -> DrawnShard:
    """Draw one shard, piece by piece: columns that grow would take twice the memory."""
    num_draws = recipe.settings.draws_per_shard
    step, end = max(16, num_draws // _NUM_PIECES), (index + 1) * num_draws
    pieces = [recipe.draw(range(start, min(start + step, end))) for start in range(index * num_draws, end, step)]
    num_too_long, num_stopped = (
        sum(getattr(piece, name) for piece in pieces) for name in ("num_too_long", "num_stopped")
    )
    traces = Traces.concatenate([part for piece in pieces for part in piece.parts], recipe.state_width)
    del pieces
    ids, is_test = fingerprints(recipe.domain, traces, recipe.settings.test_percent)
    return DrawnShard(recipe, index, traces, ids, is_test, num_too_long, num_stopped)


@shards.returning_memory()
def rendered(drawn: DrawnShard, keep: Mask, num_duplicates: int) -> tuple[Shard, Tally, dict[str, memoryview]]:
    """Return what stays of a shard: its entry, what it is like, and a file for each split that has rows."""
    recipe, first_draw = drawn.recipe, drawn.index * drawn.recipe.settings.draws_per_shard
    contents, files, max_g, max_h, tally = dict[str, memoryview](), dict[str, ShardFile](), 0, 0, Tally()
    for split, side in zip(SPLITS, (~drawn.is_test, drawn.is_test), strict=True):
        if not (keep & side).any():
            continue
        rows = drawn.traces.select(keep & side)
        max_g, max_h = max(max_g, int(rows.g.max())), max(max_h, int(rows.h.max()))
        tally.count(np.diff(rows.plan_offsets), np.diff(rows.event_offsets), rows.costs)
        about = {"split": split, "first_draw": first_draw, "state_width": recipe.state_width}
        about["settings"] = manifests.as_json(recipe.settings)
        contents[split] = content = shards.parquet_of(shards.table_of(rows, drawn.ids[keep & side]), about)
        files[split] = ShardFile(len(rows), hashlib.sha256(content).hexdigest())
    left_out = {"num_duplicates": num_duplicates, "num_too_long": drawn.num_too_long, "num_stopped": drawn.num_stopped}
    shard = Shard(index=drawn.index, first_draw=first_draw, max_g=max_g, max_h=max_h, files=files, **left_out)
    return shard, tally, contents


def write(directory: Path, shard: Shard, contents: Mapping[str, memoryview]) -> None:
    """Write the files of a shard."""
    for split, content in contents.items():
        manifests.write_whole(directory / manifests.path(split, shard.index), content)


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
