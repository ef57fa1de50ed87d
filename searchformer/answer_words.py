"""What `searchformer solve` says of one answer, in a terminal and to a program."""

import shutil
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from planning.domain import Domain
from planning.plan_words import cost_words, plan_words
from searchformer.planner import Answer
from searchformer.thinking import Thinking
from searchformer.trace_validity import FULL
from solvers.result import Status
from solvers.search import CREATE

_MARGIN = 10
_NARROW, _WIDE = 40, 120


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to one problem of a file, what the chosen sample thought, and how it was sampled."""

    index: int
    problem: Any
    answer: Answer
    thinking: Thinking
    mode: str
    temperature: float

    def count(self, name: str) -> int:
        """Return one of the planner's counters."""
        return int(self.answer.result.stats[name])


def answer_words(domain: Domain[Any, Any], answered: Answered, with_clauses: bool) -> str:
    """Return the lines for one problem: how good the plan is, the plan, the thinking, and what it took."""
    width, height = domain.extent(answered.problem)
    result = answered.answer.result
    rows = [("problem", f"{answered.index}: {domain.name}, {width} × {height} cells")]
    rows.append((result.status.value, _status_words(domain, answered)))
    if result.solution is not None:
        rows.append(("plan", plan_words(result.solution.actions)))
    rows.append(("thinking", _thinking_words(answered.thinking)))
    rows.append(("network", _network_words(answered)))
    columns = min(max(shutil.get_terminal_size().columns, _NARROW), _WIDE)
    lines = [line for label, text in rows for line in _row(label, text, columns)]
    if with_clauses:
        lines += _clause_lines(answered.thinking)
    return "".join(f"{line}\n" for line in lines)


def _status_words(domain: Domain[Any, Any], answered: Answered) -> str:
    """Return what is known: a cost with its bound, or why there is no plan."""
    result = answered.answer.result
    match result.status:
        case Status.OPTIMAL:
            return f"cost {cost_words(domain, result.cost)}: no plan is cheaper, by the domain's estimate; verified"
        case Status.FEASIBLE:
            bound = f"no plan costs less than {cost_words(domain, result.bound)} (gap {result.gap:.1%})"
            return f"cost {cost_words(domain, result.cost)}; {bound}; verified"
        case Status.INFEASIBLE:
            return "there is no plan: the start is proven to be a dead end, without the network"
        case Status.UNKNOWN:
            most = answered.count("samples")
            which = "the plan does not hold" if most == 1 else f"none of {most} plans holds; the first"
            return f"not verified: {which}: {answered.answer.reason}"


def _thinking_words(thinking: Thinking) -> str:
    """Return how much was thought, and how much of that holds."""
    if not thinking.clauses:
        return "none"
    if thinking.form != FULL:
        return f"{_counted(len(thinking.clauses), 'clause')}, {thinking.form.replace('_', ' ')}: not held against A*"
    created = sum(event.kind == CREATE for event in thinking.events)
    kinds = f"{created:,} create, {thinking.num_valid - created:,} close"
    if thinking.broken is None:
        return f"{_counted(len(thinking.clauses), 'clause')}: {kinds}; all of them hold"
    all_of_them = f"the first {thinking.num_valid:,} of {_counted(len(thinking.clauses), 'clause')} hold"
    return f"{all_of_them} ({kinds}); then {thinking.broken}"


def _network_words(answered: Answered) -> str:
    samples, valid = answered.count("samples"), answered.count("valid")
    parts = [_counted(answered.count("tokens"), "token")]
    parts += [f"{samples:,} samples, {valid:,} of them verified"] if samples > 1 else []
    parts += [f"{answered.answer.result.seconds:.2f} s", f"mode {answered.mode}"]
    parts += [f"temperature {answered.temperature:g}" if answered.temperature else "greedy"]
    return ", ".join(parts)


def _clause_lines(thinking: Thinking) -> Iterator[str]:
    """Yield every clause as it was written, and mark the first that breaks a rule."""
    for number, clause in enumerate(thinking.clauses, 1):
        mark = f"   <- {thinking.broken}" if number == thinking.num_valid + 1 else ""
        yield f"{number:>{_MARGIN},} {' '.join(clause)}{mark}"


def _counted(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number:,} {noun}s"


def _row(label: str, text: str, columns: int) -> list[str]:
    first, rest = f"{label:<{_MARGIN}} ", " " * (_MARGIN + 1)
    return textwrap.wrap(
        text,
        columns,
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
        break_long_words=False,
    )


def answer_object(answered: Answered, with_clauses: bool) -> dict[str, Any]:
    """Return the object for one problem; `reason` says why there is no verified plan, `thinking` is as it was asked."""
    result, thinking = answered.answer.result, answered.thinking
    return {
        "index": answered.index,
        "status": result.status.value,
        "cost": result.cost,
        "bound": result.bound,
        "gap": result.gap,
        "plan": None if result.solution is None else list(result.solution.actions),
        "verified": result.solution is not None,
        "reason": answered.answer.reason,
        "tokens": answered.count("tokens"),
        "samples": answered.count("samples"),
        "valid_samples": answered.count("valid"),
        "seconds": result.seconds,
        "solver": result.solver,
        "thinking": {
            "num_clauses": len(thinking.clauses),
            "form": thinking.form,
            "num_valid": thinking.num_valid if thinking.form in (FULL, "none") else None,
            "broken": thinking.broken,
            "clauses": [" ".join(clause) for clause in thinking.clauses] if with_clauses else None,
        },
    }
