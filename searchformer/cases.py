"""Problems to measure a network on: those of a data set, or fresh ones that no training set holds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data.shards import TraceSet
from data.splitting import fingerprints
from data.tokens import TokenFormat
from planning.domain import Sampling
from planning.traces import Traces
from solvers.chance import derive

TEST_PERCENT: Final = 10
"""Of 100 layouts, so many are for testing, in data sets that are made without another wish."""

MAX_FRUITLESS_DRAWS: Final = 20_000
_BLOCK: Final = 64
_STREAM: Final = 0x7E57  # the draws of seed K are not those of a data set of seed K


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One problem with what is known of it: its id (hexadecimal), what a best plan costs, and how hard it was for A*.

    `plan_length` is the number of states along A*'s plan, `trace_tokens` the length of its trace, and `prompt` the
    tokens that are read, bos … eos.
    """

    id: str
    problem: Any
    cost: int
    plan_length: int
    trace_tokens: int
    prompt: NDArray[np.uint16]


def cases_of(token_format: TokenFormat, traces: Traces) -> list[Case]:
    """Return solved problems as cases, in their order.

    Raises:
        ValueError: They are not of the format's size.
    """
    tokens, domain = token_format.encode(without_costs(traces)), token_format.domain
    ids = fingerprints(domain, traces, 0)[0]
    starts, plan_lengths = traces.code_offsets.tolist(), np.diff(traces.plan_offsets).tolist()
    trace_lengths = np.diff(tokens.trace_offsets).tolist()
    return [
        Case(
            id=ids[i].tobytes().hex(),
            problem=domain.problem(traces.codes[starts[i] : starts[i + 1]].tolist()),
            cost=int(traces.costs[i]),
            plan_length=plan_lengths[i],
            trace_tokens=trace_lengths[i],
            prompt=tokens[i][0].copy(),
        )
        for i in range(len(traces))
    ]


def recorded_cases(token_format: TokenFormat, directory: Path | str, split: str, num: int) -> list[Case]:
    """Return `num` problems of a data set (all, if it has fewer), spread evenly over it and so over its layouts.

    Raises:
        ValueError: There is no such data set or split, it is damaged or empty, or of another domain or size.
    """
    source = TraceSet(directory, split)
    name, wanted = source.manifest.settings.domain, token_format.domain.name
    if name != wanted:
        raise ValueError(f"{directory} holds problems of {name}, and the checkpoint has learned {wanted}")
    if not len(source):
        raise ValueError(f"{directory} has no examples in its split {split!r}: make a larger data set")
    chosen = np.unique(np.arange(min(num, len(source))) * len(source) // min(num, len(source)))
    return cases_of(token_format, source.traces(chosen))


def fresh_cases(
    token_format: TokenFormat,
    sampling: Sampling,
    num: int,
    seed: int,
    *,
    heuristic: str | None = None,
    excluded: frozenset[str] = frozenset(),
) -> list[Case]:
    """Sample `num` different problems, as data sets do, but of layouts that data sets keep for testing.

    Where a layout gives many problems, they are taken at such intervals that there is about one of each. None is in
    `excluded` (ids); without that, none is in the training split of a data set that keeps 10 % of its layouts, or more,
    for testing.

    Raises:
        ValueError: The checkpoint is for another size, or there are not so many.
    """
    stride = _problems_a_draw(token_format, sampling, seed, heuristic)
    found: dict[str, Traces] = {}
    fruitless, count = 0, 0
    for traces in _blocks(token_format, sampling, seed, heuristic):
        ids, is_test = fingerprints(token_format.domain, traces, TEST_PERCENT)
        places = np.flatnonzero(is_test)
        taken = places[-count % stride :: stride]
        count += len(places)
        new = {ids[i].tobytes().hex(): i for i in taken.tolist()}
        new = {key: i for key, i in new.items() if key not in found and key not in excluded}
        found |= {key: traces.select(np.array([i])) for key, i in new.items()}
        fruitless = 0 if new else fruitless + _BLOCK
        if len(found) >= num:
            break
        if fruitless >= MAX_FRUITLESS_DRAWS:
            raise ValueError(
                f"there are no more than {len(found)} different test problems of {token_format.domain.name}, size "
                f"{sampling.size}: ask for {len(found)} instead of {num}, or change the generator's options"
            )
    parts = list(found.values())[:num]
    return cases_of(token_format, Traces.concatenate(parts, parts[0].states.shape[1]))


def training_ids(directory: Path | str) -> frozenset[str]:
    """Return the ids of the training split of a data set."""
    return frozenset(row.tobytes().hex() for row in TraceSet(directory, "train").ids)


def astar_tokens(token_format: TokenFormat, case: Case, num_runs: int, heuristic: str | None = None) -> float:
    """Return the mean number of trace tokens of so many searches of A* with random ties: the same for everyone."""
    domain, number = token_format.domain, int(case.id[:16], 16)
    parts = []
    for run in range(num_runs):
        traces = domain.search(case.problem, heuristic=heuristic, seed=derive(_STREAM, number, run)).traces
        assert traces is not None
        parts.append(traces)
    joined = Traces.concatenate(parts, domain.state_width(case.problem))
    return float(np.diff(token_format.encode(without_costs(joined)).trace_offsets).mean())


def without_costs(traces: Traces) -> Traces:
    """Return traces whose costs all have words, to count tokens: the vocabulary may not reach as far as a search."""
    return replace(traces, g=np.zeros_like(traces.g), h=np.zeros_like(traces.h))


def _blocks(token_format: TokenFormat, sampling: Sampling, seed: int, heuristic: str | None) -> Iterator[Traces]:
    first = 0
    while True:
        draws = range(first, first + _BLOCK)
        yield token_format.domain.draw_traces(sampling, draws, seed=derive(seed, _STREAM), heuristic=heuristic)
        first += _BLOCK


def _problems_a_draw(token_format: TokenFormat, sampling: Sampling, seed: int, heuristic: str | None) -> int:
    return max(1, round(len(next(_blocks(token_format, sampling, seed, heuristic))) / _BLOCK))


def num_layouts(token_format: TokenFormat, cases: Sequence[Case]) -> int:
    """Return the number of different layouts among problems."""
    domain = token_format.domain
    all_codes = (domain.codes(case.problem) for case in cases)
    return len({tuple(codes[domain.layout_start(codes) :]) for codes in all_codes})
