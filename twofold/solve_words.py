"""What `twofold solve` says in a terminal."""

import shutil
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from planning.domain import Domain
from planning.plan_words import cost_words, plan_words
from solvers.result import Status
from twofold.algorithms import OUT_OF_MEMORY
from twofold.learned_options import ESTIMATE

if TYPE_CHECKING:
    from twofold.algorithms import How
    from twofold.solve import Answer

_MARGIN = 10
_NARROW, _WIDE = 40, 120


def answer_words(domain: Domain[Any, Any], answer: "Answer", how: "How") -> str:
    """Return the lines for one problem: how much is proven, the plan, and what the search took."""
    width, height = domain.extent(answer.problem)
    rows = [("problem", f"{answer.index}: {domain.name}, {width} × {height} cells")]
    rows += [(answer.result.status.value, proof_words(domain, answer, how))]
    if answer.result.solution is not None:
        rows.append(("plan", plan_words(answer.result.solution.actions)))
    if answer.planned is None:
        return rows_text([*rows, ("search", search_words(answer, how))])
    rows += [("found by", answer.found_by)] if answer.found_by else []
    rows += [("proved by", prover_words(answer))] if answer.proved_by else []
    return rows_text([*rows, ("network", network_words(domain, answer, how))])


def rows_text(rows: Sequence[tuple[str, str]]) -> str:
    """Return labels with their texts, wrapped as wide as the terminal is."""
    width = min(max(shutil.get_terminal_size().columns, _NARROW), _WIDE)
    return "".join(_row(label, text, width) for label, text in rows)


def proof_words(domain: Domain[Any, Any], answer: "Answer", how: "How") -> str:
    """Return what is proven: that a plan is optimal, how far it can be from it, or that there is none."""
    result = answer.result
    match result.status:
        case Status.OPTIMAL:
            return f"cost {cost_words(domain, result.cost)}: proven, no plan is cheaper; replayed by the verifier"
        case Status.FEASIBLE:
            bound, gap = result.bound, result.gap
            known = "" if bound is None else f"; no plan costs less than {cost_words(domain, bound)} (gap {gap:.1%})"
            return f"cost {cost_words(domain, result.cost)}{known}; replayed by the verifier"
        case Status.INFEASIBLE:
            if answer.counter("expansions") == 0:
                return "there is no plan: the start is proven to be a dead end, without a search"
            return f"there is no plan: proven by a search of {_states(answer)}"
        case Status.UNKNOWN:
            bound = result.bound
            known = "" if bound is None else f"; every plan costs at least {cost_words(domain, bound)}"
            if answer.counter("expansions") is None and answer.planned is not None:
                return f"the network has no plan that holds, and nobody else was asked{known}"
            return f"stopped by {stop_words(answer, how)} after a search of {_states(answer)}{known}"


def stop_words(answer: "Answer", how: "How") -> str:
    """Return which limit stopped a search."""
    most, seconds = how.limits.max_expansions, how.limits.time_limit_s
    if answer.result.solver == OUT_OF_MEMORY:
        return "lack of memory"
    if most is not None and (answer.counter("expansions") or 0) >= most:
        return f"the limit of {most:,} nodes"
    return "a limit" if seconds is None else f"the limit of {seconds:g} s"


def search_words(answer: "Answer", how: "How") -> str:
    """Return what the search took: states, time, and by which method."""
    return ", ".join([*_counts(answer), seconds_words(answer.result.seconds), method_words(how)])


def prover_words(answer: "Answer") -> str:
    """Return who has proven what there is to know, what that took, and what it would have taken without the network."""
    parts = [answer.proved_by or "", *(_counts(answer) if answer.proved_by != ESTIMATE else [])]
    plain, saved = answer.counter("plain_expansions"), answer.counter("saved")
    parts += [f"{plain:,} by A* alone: {saved:,} saved"] if plain is not None else []
    return ", ".join(parts)


def network_words(domain: Domain[Any, Any], answer: "Answer", how: "How") -> str:
    """Return what the network wrote, in which way, and what became of it."""
    assert answer.planned is not None
    assert how.network is not None
    asked, samples = how.network.asked, answer.counter("samples") or 0
    reason, proposed = answer.planned.reason, answer.counter("proposed")
    if not samples:
        return reason or ""
    parts = [f"{answer.counter('tokens') or 0:,} tokens"]
    parts += [f"{samples:,} samples, {answer.counter('valid') or 0:,} verified"] if samples > 1 else []
    parts += [f"mode {how.network.mode}", f"temperature {asked.temperature:g}" if asked.temperature else "greedy"]
    parts += [seconds_words(answer.result.seconds)]
    written = ", ".join(parts)
    if reason is not None:
        return f"{written}; no plan that holds: {reason}"
    is_improved = proposed is not None and proposed != answer.result.cost
    return f"{written}; its plan costs {cost_words(domain, proposed)}" if is_improved else written


def method_words(how: "How") -> str:
    """Return the method by name: algorithm, weight, heuristic, ties."""
    parts = [how.algorithm if how.weight is None else f"{how.algorithm} {how.weight:g}"]
    parts += [f"heuristic {how.heuristic}"] if how.heuristic else []
    parts += [f"random ties {how.seed}"] if how.seed is not None else []
    return ", ".join(parts)


def seconds_words(seconds: float) -> str:
    """Return a time in the unit in which it can be read."""
    if seconds < 1e-3:
        return f"{1e6 * seconds:.0f} µs"
    return f"{1e3 * seconds:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def summary_words(statuses: Sequence[Status], seconds: float) -> str:
    """Return one line for a whole collection."""
    counts = {status: sum(1 for other in statuses if other is status) for status in Status}
    parts = [f"{count} {status.value}" for status, count in counts.items() if count]
    return f"{len(statuses)} problems: {', '.join(parts)}, in {seconds_words(seconds)}\n"


def _counts(answer: "Answer") -> list[str]:
    expansions, created = answer.counter("expansions"), answer.counter("created")
    counts = [] if expansions is None else ["1 expansion" if expansions == 1 else f"{expansions:,} expansions"]
    return counts + ([] if created is None else [f"{created:,} created"])


def _states(answer: "Answer") -> str:
    number = answer.counter("expansions")
    return "an unknown number of states" if number is None else "1 state" if number == 1 else f"{number:,} states"


def _row(label: str, text: str, width: int) -> str:
    lines: Iterator[str] = iter(
        textwrap.wrap(text, width - _MARGIN - 1, break_on_hyphens=False, break_long_words=False)
    )
    first = f"{label:<{_MARGIN}} {next(lines, '')}".rstrip() + "\n"
    return first + "".join(f"{'':<{_MARGIN}} {line}\n" for line in lines)
