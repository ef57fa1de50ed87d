"""What one answer came to: verified strictly and leniently, its trace followed, its tokens counted."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from data.decoding import read_plan
from data.tokens import BOS, CONTROL, EOS, PLAN, TokenFormat
from searchformer.cases import Case
from searchformer.generation import Generated
from searchformer.lenient import lenient_cost
from searchformer.trace_validity import FULL, form_of, trace_violation
from solvers.result import Verdict


class Written(NamedTuple):
    """An answer as it was written: its words from bos on, and as many of its tokens as come before the first `plan`.

    `verdict` is that of the strict replay of its plan.
    """

    words: list[str]
    trace_tokens: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer, as far as measures need it.

    `answer_tokens` counts all that was generated after bos, eos included; `trace_tokens` what comes before the first
    `plan`, and `form` is how that is written (`trace_validity.form_of`). `strict_cost` and `lenient_cost` are those of
    a correct plan (None: it is not correct), `plan` the same for equal plans. `fault` is the rule of `read_plan` that
    the plan breaks, `trace_fault` that of `trace_violation`, which full traces alone are held against.
    """

    trace_tokens: int
    answer_tokens: int
    finished: bool
    strict_cost: int | None
    lenient_cost: int | None
    plan: str
    fault: str | None
    form: str
    trace_fault: str | None


@dataclass(frozen=True, slots=True)
class Example:
    """An answer without a correct plan, as one reads it: its words, and the sentences of both judges."""

    words: str
    violation: str
    trace_violation: str | None


def read(token_format: TokenFormat, problem: Any, answer: Generated) -> Written:
    """Return what was written, and what replay says of its plan."""
    places = np.flatnonzero(answer.tokens == PLAN)
    words = [CONTROL[BOS], *token_format.text(answer.tokens), *([CONTROL[EOS]] if answer.finished else [])]
    trace_tokens = int(places[0]) if len(places) else len(answer.tokens)
    return Written(words, trace_tokens, read_plan(token_format, problem, words)[1])


def judge(
    token_format: TokenFormat, case: Case, answer: Generated, heuristic: str | None = None
) -> tuple[Sample, Callable[[], Example]]:
    """Return what an answer came to, and how to show it, should it be a failure."""
    words, trace_tokens, verdict = read(token_format, case.problem, answer)
    form = form_of(token_format, words[1 : 1 + trace_tokens])
    wrong = trace_violation(token_format, case.problem, words, heuristic) if form == FULL else None
    sample = Sample(
        trace_tokens=trace_tokens,
        answer_tokens=len(answer.tokens) + answer.finished,
        finished=answer.finished,
        strict_cost=verdict.cost if verdict.valid else None,
        lenient_cost=lenient_cost(token_format, case.problem, words, verdict),
        plan=_fingerprint(answer.tokens[trace_tokens:].tolist()),
        fault=verdict.violations[0].rule if verdict.violations else None,
        form=form,
        trace_fault=wrong.rule if wrong else None,
    )
    reasons = "; ".join(violation.reason for violation in verdict.violations)
    return sample, lambda: Example(" ".join(words), reasons, wrong.reason if wrong else None)


def _fingerprint(plan: list[int]) -> str:
    return hashlib.blake2b(repr(plan).encode(), digest_size=8).hexdigest()
