"""The report of an evaluation: all figures, by difficulty, with examples of failures; `report_table` shows it."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from planning.domain import Domain
from searchformer.cases import Case
from searchformer.judging import Example, Sample
from searchformer.metrics import NOTHING, Figure, Floats, Mask, Samples, Scores, mean, scores, share, swc
from searchformer.trace_validity import FORMS, FULL

SCHEMA: Final = 1
NUM_FAILURES: Final = 5
NUM_BUCKETS: Final = 4
MAX_WORDS: Final = 400


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured on one problem: its samples, A*'s mean trace length (None: not needed), one failure.

    `fast_optimal` tells whether the network's greedy answer in mode fast is optimal (None: not asked; mode auto alone
    does). `seconds` were spent on generation since the problem that was done before.
    """

    id: str
    samples: tuple[Sample, ...]
    astar_tokens: float | None
    example: Example | None
    fast_optimal: bool | None = None
    seconds: float = 0.0

    def lasting(self, seconds: float) -> "Measured":
        """Return the same with its seconds."""
        return replace(self, seconds=seconds)


@dataclass(frozen=True, slots=True)
class Bucket:
    """The problems whose difficulty is from `least` to `most`: how many, and the main figures (strict)."""

    least: int
    most: int
    n: int
    solved: Figure
    optimal: Figure
    swc: Figure


@dataclass(frozen=True, slots=True)
class TraceValidity:
    """How many traces A* could have written, of all that are full; the rules that the others break first.

    `forms` has the share of each way to write a trace (`trace_validity.FORMS`) among all answers.
    """

    n: int
    valid: Figure
    first_violations: Mapping[str, int]
    forms: Mapping[str, Figure]

    def as_json(self) -> dict[str, Any]:
        """Return the same as JSON has it."""
        content = {"n": self.n, "first_violations": dict(self.first_violations)}
        content |= {"valid": asdict(self.valid)} if self.n else {}
        return content | {"forms": {name: asdict(figure) for name, figure in self.forms.items()}}


@dataclass(frozen=True, slots=True)
class Deciding:
    """Whether a network knows when to think, in mode auto, held against its greedy answers in mode fast.

    It is right to think where the fast answer is not optimal, and not to where it is. `cells` are the four cases, as
    the number of answers and their share of all.
    """

    thought: Figure
    right: Figure
    thought_where_fast_fails: Figure
    thought_where_fast_is_optimal: Figure
    cells: Mapping[str, tuple[int, Figure]]

    def as_json(self) -> dict[str, Any]:
        """Return the same as JSON has it."""
        names = ("thought", "right", "thought_where_fast_fails", "thought_where_fast_is_optimal")
        known = {name: asdict(getattr(self, name)) for name in names if getattr(self, name) != NOTHING}
        return known | {"cells": {name: {"num": num, **asdict(each)} for name, (num, each) in self.cells.items()}}


@dataclass(frozen=True, slots=True)
class Failure:
    """A problem, as text, with an answer that does not solve it."""

    id: str
    problem: str
    optimal_cost: int
    answer: str
    violation: str
    trace_violation: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """All that was measured on n problems.

    `trace_tokens` and `answer_tokens` are means of a sample, `finished` the share that ended with eos. `faults` counts
    the rules that plans break first, `deciding` is there in mode auto. `seconds` are those of generation, `num_tokens`
    what was generated in them.
    """

    n: int
    mode: str
    num_samples: int
    settings: Mapping[str, Any]
    strict: Scores
    lenient: Scores
    trace_tokens: Figure
    answer_tokens: Figure
    finished: Figure
    trace_validity: TraceValidity
    deciding: Deciding | None
    faults: Mapping[str, int]
    by_plan_length: tuple[Bucket, ...]
    by_trace_tokens: tuple[Bucket, ...]
    failures: tuple[Failure, ...]
    seconds: float
    num_tokens: int

    @property
    def tokens_per_s(self) -> float:
        """Return the tokens generated in a second."""
        return self.num_tokens / self.seconds if self.seconds > 0 else 0.0

    def as_json(self, about: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
        """Return the report as JSON has it, with what it is about; figures that there are not are left out."""
        content = {"schema": SCHEMA, "n": self.n, "mode": self.mode, **about}
        content |= {"strict": _scores_json(self.strict), "lenient": _scores_json(self.lenient)}
        for name in ("trace_tokens", "answer_tokens", "finished"):
            content[name] = asdict(getattr(self, name))
        content["trace_validity"] = self.trace_validity.as_json()
        if self.deciding:
            content["deciding"] = self.deciding.as_json()
        return content | {
            "faults": dict(self.faults),
            "by_plan_length": [asdict(bucket) for bucket in self.by_plan_length],
            "by_trace_tokens": [asdict(bucket) for bucket in self.by_trace_tokens],
            "failures": [asdict(failure) for failure in self.failures],
            "num_samples": self.num_samples,
            "settings": dict(self.settings),
            "seconds": self.seconds,
            "num_tokens": self.num_tokens,
            "tokens_per_s": self.tokens_per_s,
        }


def as_json(reports: Sequence[Report], about: Mapping[str, Any]) -> dict[str, Any]:
    """Return reports of one network on the same problems as JSON has them: one as it is, several by mode."""
    if len(reports) == 1:
        return reports[0].as_json(about)
    by_mode = {report.mode: report.as_json() for report in reports}
    return {"schema": SCHEMA, "n": reports[0].n, **about, "modes": by_mode}


def report_of(
    domain: Domain[Any, Any],
    cases: Sequence[Case],
    measured: Sequence[Measured],
    mode: str,
    settings: Mapping[str, Any],
) -> Report:
    """Return the report of what was measured on problems, in the same order."""
    strict, lenient = (_samples(cases, measured, name) for name in ("strict_cost", "lenient_cost"))
    num_samples = len(measured[0].samples)
    return Report(
        n=len(cases),
        mode=mode,
        num_samples=num_samples,
        settings=settings,
        strict=scores(strict),
        lenient=scores(lenient),
        trace_tokens=mean(_means(measured, lambda sample: sample.trace_tokens)),
        answer_tokens=mean(_means(measured, lambda sample: sample.answer_tokens)),
        finished=share(_means(measured, lambda sample: sample.finished), num_samples),
        trace_validity=_trace_validity(measured),
        deciding=_deciding(measured) if mode == "auto" else None,
        faults=_counted(sample.fault for each in measured for sample in each.samples),
        by_plan_length=_buckets(strict, [case.plan_length for case in cases]),
        by_trace_tokens=_buckets(strict, [case.trace_tokens for case in cases]),
        failures=tuple(_failures(domain, cases, measured)),
        seconds=sum(each.seconds for each in measured),
        num_tokens=sum(sample.answer_tokens for each in measured for sample in each.samples),
    )


def named(of: Scores) -> Iterator[tuple[str, Figure]]:
    """Yield all figures with their names in the JSON report."""
    yield "solved", of.solved
    yield "optimal", of.optimal
    yield from of.at_least.items()
    for name in ("swc", "ilr_on_solved", "ilr_on_optimal", "length_vs_astar", "distinct_plans"):
        yield name, getattr(of, name)


def _scores_json(of: Scores) -> dict[str, Any]:
    return {name: asdict(figure) for name, figure in named(of) if figure != NOTHING}


def _samples(cases: Sequence[Case], measured: Sequence[Measured], cost_name: str) -> Samples:
    costs = [[getattr(sample, cost_name) for sample in each.samples] for each in measured]
    return Samples(
        costs=np.array([[-1 if cost is None else cost for cost in row] for row in costs], np.int64),
        optimal_costs=np.array([case.cost for case in cases], np.int64),
        trace_tokens=np.array([[sample.trace_tokens for sample in each.samples] for each in measured], np.int64),
        astar_tokens=np.array([np.nan if each.astar_tokens is None else each.astar_tokens for each in measured]),
        plans=[[sample.plan for sample in each.samples] for each in measured],
    )


def _means(measured: Sequence[Measured], value: Callable[[Sample], float]) -> Floats:
    return np.array([np.mean([value(sample) for sample in each.samples]) for each in measured])


def _trace_validity(measured: Sequence[Measured]) -> TraceValidity:
    """Return the share of valid traces: a mean over problems that have any, of means over their traces."""
    faults = [[sample.trace_fault for sample in each.samples if sample.form == FULL] for each in measured]
    with_traces = [row for row in faults if row]
    shares = np.array([np.mean([fault is None for fault in row]) for row in with_traces])
    most = max(map(len, with_traces), default=1)
    counts = _counted(fault for row in with_traces for fault in row)
    forms = {form: share(_means(measured, partial(_is_written, form)), len(measured[0].samples)) for form in FORMS}
    return TraceValidity(sum(map(len, with_traces)), share(shares, most), counts, forms)


def _is_written(form: str, sample: Sample) -> bool:
    return sample.form == form


def _deciding(measured: Sequence[Measured]) -> Deciding:
    """Return how thinking goes together with a need for it; all intervals treat a problem as one."""
    thought = np.array([[sample.trace_tokens > 0 for sample in each.samples] for each in measured])
    fails = np.array([not each.fast_optimal for each in measured])
    num_samples = thought.shape[1]

    def shared(is_so: Mask, rows: Mask | slice = slice(None)) -> Figure:
        return share(is_so[rows].mean(axis=1), num_samples)

    cases = {
        f"{did}_{where}": is_so & inside[:, None]
        for did, is_so in (("thought", thought), ("at_once", ~thought))
        for where, inside in (("where_fast_fails", fails), ("where_fast_is_optimal", ~fails))
    }
    return Deciding(
        thought=shared(thought),
        right=shared(thought == fails[:, None]),
        thought_where_fast_fails=shared(thought, fails),
        thought_where_fast_is_optimal=shared(thought, ~fails),
        cells={name: (int(is_so.sum()), shared(is_so)) for name, is_so in cases.items()},
    )


def _counted(rules: Any) -> dict[str, int]:
    """Return how often each rule is there, the most frequent first."""
    counts = Counter(rule for rule in rules if rule is not None)
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _buckets(samples: Samples, difficulty: Sequence[int]) -> tuple[Bucket, ...]:
    """Return the problems in parts of about equal number, from the easy to the hard; equal ones in one part."""
    values, num_samples = np.array(difficulty), samples.costs.shape[1]
    ends = np.unique(np.quantile(values, np.linspace(0, 1, NUM_BUCKETS + 1)[1:], method="inverted_cdf"))
    places = np.searchsorted(ends, values)
    buckets = []
    for place in range(len(ends)):
        inside = places == place
        solved, optimal = samples.is_solved[inside], samples.is_optimal[inside]
        buckets.append(
            Bucket(
                least=int(values[inside].min()),
                most=int(values[inside].max()),
                n=int(inside.sum()),
                solved=share(solved.mean(axis=1), num_samples),
                optimal=share(optimal.mean(axis=1), num_samples),
                swc=share(swc(samples)[inside], np.inf),
            )
        )
    return tuple(buckets)


def _failures(domain: Domain[Any, Any], cases: Sequence[Case], measured: Sequence[Measured]) -> Iterator[Failure]:
    failed = [(case, each.example) for case, each in zip(cases, measured, strict=True) if each.example is not None]
    for case, example in failed[:NUM_FAILURES]:
        assert example is not None
        words = example.words.split()
        more = f" … ({len(words) - MAX_WORDS:,} more words)" if len(words) > MAX_WORDS else ""
        answer = " ".join(words[:MAX_WORDS]) + more
        shown = domain.show(case.problem)
        yield Failure(case.id, shown, case.cost, answer, example.violation, example.trace_violation)
