"""What one answer came to: verified strictly and leniently, its trace followed, its tokens counted."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from data.decoding import read_plan
from data.tokens import BOS, CONTROL, EOS, PLAN, TokenFormat
from searchformer.cases import Case
from searchformer.generation import Generated
from searchformer.lenient import lenient_cost
from searchformer.trace_validity import trace_violation

NO_TRACE: Final = "none"
"""What `Sample.trace_fault` is where nothing was written before the plan."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer, as far as measures need it.

    `answer_tokens` counts all that was generated after bos, eos included; `trace_tokens` what comes before the first
    `plan`. `strict_cost` and `lenient_cost` are those of a correct plan (None: it is not correct), `plan` the same for
    equal plans. `fault` is the rule of `read_plan` that the plan breaks, `trace_fault` that of `trace_violation`.
    """

    trace_tokens: int
    answer_tokens: int
    finished: bool
    strict_cost: int | None
    lenient_cost: int | None
    plan: str
    fault: str | None
    trace_fault: str | None


@dataclass(frozen=True, slots=True)
class Example:
    """An answer without a correct plan, as one reads it: its words, and the sentences of both judges."""

    words: str
    violation: str
    trace_violation: str | None


def judge(
    token_format: TokenFormat, case: Case, answer: Generated, heuristic: str | None = None
) -> tuple[Sample, Callable[[], Example]]:
    """Return what an answer came to, and how to show it, should it be a failure."""
    written = answer.tokens.tolist()
    words = [CONTROL[BOS], *token_format.text(written), *([CONTROL[EOS]] if answer.finished else [])]
    trace_tokens = written.index(PLAN) if PLAN in written else len(written)
    _, verdict = read_plan(token_format, case.problem, words)
    wrong = trace_violation(token_format, case.problem, words, heuristic) if trace_tokens else None
    sample = Sample(
        trace_tokens=trace_tokens,
        answer_tokens=len(written) + answer.finished,
        finished=answer.finished,
        strict_cost=verdict.cost if verdict.valid else None,
        lenient_cost=lenient_cost(token_format, case.problem, words, verdict),
        plan=_fingerprint(written[trace_tokens:]),
        fault=verdict.violations[0].rule if verdict.violations else None,
        trace_fault=(wrong.rule if wrong else None) if trace_tokens else NO_TRACE,
    )
    reasons = "; ".join(violation.reason for violation in verdict.violations)
    return sample, lambda: Example(" ".join(words), reasons, wrong.reason if wrong else None)


def _fingerprint(plan: list[Any]) -> str:
    return hashlib.blake2b(repr(plan).encode(), digest_size=8).hexdigest()
