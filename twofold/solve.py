"""`twofold solve`: file → problems → plans → verifier → what a terminal, a program or a picture gets."""

import logging
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from planning.domain import Domain, Searched
from planning.reading import MAX_BYTES, decoded, problems_in, read_problems
from planning.traces import Traces
from solvers.registry import lookup
from solvers.result import Result, Status, Verdict
from solvers.search import Limits
from solvers.verifier import verify
from twofold import exits
from twofold.algorithms import ALGORITHMS, DEFAULT_WEIGHT, PLAIN, How, search, traces_of
from twofold.learned_options import Asked, asked
from twofold.memory import bounded_memory
from twofold.pictures import check_pictures, drawn
from twofold.reporting import complain, json_text, sentence, tried
from twofold.solve_json import answer_object, answered, failure
from twofold.solve_words import answer_words, summary_words
from twofold.trace_words import trace_events, trace_words
from twofold.writing import write_out

if TYPE_CHECKING:
    from searchformer.guarantee import Planned

PROGRAM = "twofold solve"
TIES = ("deterministic", "random")
TRACES = ("words", "json")
_CODES = {
    Status.OPTIMAL: exits.DONE,
    Status.FEASIBLE: exits.DONE,
    Status.INFEASIBLE: exits.INFEASIBLE,
    Status.UNKNOWN: exits.TIME_LIMIT,
}
_WORST_FIRST = (Status.UNKNOWN, Status.INFEASIBLE, Status.FEASIBLE, Status.OPTIMAL)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one problem of a file; the verdict is there if a plan is, `traces` if they were asked for.

    `planned` is there if a network was to be asked.
    """

    index: int
    problem: Any
    result: Result[Any]
    traces: Traces | None
    verdict: Verdict | None
    planned: "Planned | None" = None

    def counter(self, name: str) -> int | None:
        """Return one of the search's counters, or of the network's."""
        value = self.result.stats.get(name)
        return None if value is None else int(value)

    @property
    def found_by(self) -> str | None:
        """Return who found the plan."""
        return None if self.result.solution is None else self.result.solver

    @property
    def proved_by(self) -> str | None:
        """Return who proved the bound, or that there is no plan."""
        knows_nothing = self.result.bound is None and self.result.status is not Status.INFEASIBLE
        return None if knows_nothing else self.result.prover or self.result.solver


def run(options: Namespace) -> int:
    """Run the command and return its exit code; whatever a user can get wrong becomes one line."""
    try:
        return _run(options)
    except (ValueError, OSError) as error:
        _log.debug("the error in full", exc_info=True)
        complain(PROGRAM, sentence(error))
        if _wants_json(options):
            with suppress(OSError):
                write_out(json_text(failure("ERROR", sentence(error))))
        return exits.USAGE


def _run(options: Namespace) -> int:
    started = time.perf_counter()
    network = _checked(options)
    domain, problems = _problems(options)
    how = _how(options, domain)
    if options.png or options.gif:
        check_pictures(str(options.file), len(problems))
    seconds = {"read": time.perf_counter() - started}
    how, seconds["load"] = _loaded(domain, problems[0], how, network)
    answers = _answers(domain, problems, options.index or 0, how)
    statuses, failures = (_tell_json if _wants_json(options) else _tell)(options, domain, how, answers, seconds)
    for text in failures:
        complain(PROGRAM, text)
    _log.info("seconds: %s", ", ".join(f"{stage} {value:.3f}" for stage, value in seconds.items()))
    return exits.USAGE if failures else _CODES[worst(statuses)]


def _checked(options: Namespace) -> Asked | None:
    """Refuse early what cannot work, before anything takes time; return how a network is asked, if one is."""
    lookup("algorithm", options.algorithm, dict.fromkeys(ALGORITHMS))
    lookup("kind of ties", options.ties, dict.fromkeys(TIES))
    if options.trace is not None:
        lookup("kind of trace", options.trace, dict.fromkeys(TRACES))
    plain = PLAIN.get(options.algorithm)
    if options.trace and plain and not plain.is_recorded:
        recorded = ", ".join(name for name in ALGORITHMS if name not in PLAIN or PLAIN[name].is_recorded)
        raise ValueError(f"{options.algorithm} leaves no trace: take one of {recorded}, or leave --trace out")
    if options.weight is not None and not (plain and plain.is_weighted):
        raise ValueError(f"--weight means nothing to {options.algorithm}: it needs --algorithm weighted or anytime")
    network = asked(options)
    if options.seed is not None and options.ties != "random" and network is None:
        raise ValueError("--seed means nothing to deterministic ties: add --ties random")
    return network


def _wants_json(options: Namespace) -> bool:
    return bool(options.json or options.trace == "json")


def _problems(options: Namespace) -> tuple[Domain[Any, Any], list[Any]]:
    if str(options.file) != "-":
        return read_problems(options.file, options.domain, options.index)
    text = decoded(sys.stdin.buffer.read(MAX_BYTES + 1), "standard input")
    return problems_in(text, "standard input", options.domain, options.index)


def _how(options: Namespace, domain: Domain[Any, Any]) -> How:
    plain = PLAIN.get(options.algorithm)
    record = bool(options.trace or options.png or options.gif) and (plain is None or plain.is_recorded)
    heuristic = options.heuristic
    if heuristic is not None:
        lookup("heuristic", heuristic, domain.heuristics)
    if plain and not plain.is_guided:
        if heuristic is not None:
            raise ValueError(f"{options.algorithm} takes no heuristic: leave --heuristic out")
    elif heuristic is None:
        heuristic = next(iter(domain.heuristics))
        if heuristic != domain.strongest_heuristic and not options.trace and options.ties != "random":
            # The fastest solver leaves no trace: its picture has the plan, without the search.
            heuristic, record = domain.strongest_heuristic, False
    weight = (options.weight or DEFAULT_WEIGHT) if plain and plain.is_weighted else None
    seed = (options.seed or 0) if options.ties == "random" else None
    return How(options.algorithm, heuristic, weight, seed, Limits(options.limit_nodes, options.time_limit), record)


def _loaded(domain: Domain[Any, Any], problem: Any, how: How, network: Asked | None) -> tuple[How, float]:
    """Have all loaded that is compiled, so that its time is not counted as the first problem's; return the seconds."""
    started = time.perf_counter()
    if network is not None:
        from twofold.learned import ready  # noqa: PLC0415  (torch: two seconds)

        how = replace(how, network=ready(network))
    if how.network is not None:
        how.network.warm_up(domain, problem)
    elif how.algorithm == "astar":
        search(domain, problem, replace(how, limits=Limits(max_expansions=1)))
    return how, time.perf_counter() - started


def _answers(domain: Domain[Any, Any], problems: list[Any], first: int, how: How) -> Iterator[Answer]:
    for index, (problem, each) in enumerate(zip(problems, _found(domain, problems, how), strict=True), first):
        result, verdict = each.result, None
        if result.solution is not None:
            verdict = verify(problem, result.solution.actions)
            if not verdict.valid or verdict.cost != result.cost:
                raise RuntimeError(f"the verifier refutes the plan of problem {index} (cost {result.cost}): {verdict}")
        if isinstance(each, Searched):
            yield Answer(index, problem, result, each.traces, verdict)
        else:
            yield Answer(index, problem, result, None, verdict, each)


def _found(domain: Domain[Any, Any], problems: list[Any], how: How) -> "Iterator[Searched[Any] | Planned]":
    if how.network is not None:
        yield from how.network.plans(domain, problems, how.limits)
        return
    for problem in problems:
        with bounded_memory():
            searched = search(domain, problem, how)
        yield searched


def _tell(
    options: Namespace, domain: Domain[Any, Any], how: How, answers: Iterator[Answer], seconds: dict[str, float]
) -> tuple[list[Status], list[str]]:
    """Write each answer as soon as it is there; return their statuses, and what could not be written."""
    statuses: list[Status] = []
    failures: list[str] = []
    for answer in answers:
        statuses.append(answer.result.status)
        seconds["search"] = seconds.get("search", 0.0) + answer.result.seconds
        text = _words(domain, answer) if options.trace == "words" else answer_words(domain, answer, how)
        if not text:
            complain(PROGRAM, f"problem {answer.index} is {answer.result.status}: there is no plan to write")
        failures += tried("standard output", partial(write_out, text))
        failures += _pictures(domain, answer, options)
        if failures:
            break
    if len(statuses) > 1 and not options.trace and not failures:
        failures += tried("standard output", lambda: write_out(summary_words(statuses, seconds["search"])))
    return statuses, failures


def _tell_json(
    options: Namespace, domain: Domain[Any, Any], how: How, answers: Iterator[Answer], seconds: dict[str, float]
) -> tuple[list[Status], list[str]]:
    """Write all answers as one object; return their statuses, and what could not be written."""
    statuses: list[Status] = []
    failures: list[str] = []
    objects = []
    for answer in answers:
        statuses.append(answer.result.status)
        seconds["search"] = seconds.get("search", 0.0) + answer.result.seconds
        objects.append(answer_object(answer, _trace(domain, answer, options.trace)))
        failures += _pictures(domain, answer, options)
    content = answered(worst(statuses).value, how, objects, seconds)
    content |= {"file": str(options.file), "domain": domain.name, "problems": list(failures)}
    text = json_text(content, None if options.trace == "json" else 2)
    return statuses, failures + tried("standard output", lambda: write_out(text))


def worst(statuses: list[Status]) -> Status:
    """Return the status of a whole collection: solved only if every problem is."""
    return next(status for status in _WORST_FIRST if status in statuses)


def _words(domain: Domain[Any, Any], answer: Answer) -> str:
    return trace_words(domain, answer.traces) if answer.traces and answer.result.solution else ""


def _trace(domain: Domain[Any, Any], answer: Answer, kind: str | None) -> Any:
    if answer.traces is None or kind is None:
        return None
    if kind == "json":
        return trace_events(answer.traces)
    return dict(zip(("prompt", "target"), _words(domain, answer).splitlines(), strict=False)) or None


def _pictures(domain: Domain[Any, Any], answer: Answer, options: Namespace) -> list[str]:
    if not options.png and not options.gif:
        return []
    traces = answer.traces or traces_of(domain, answer.problem, answer.result, [])
    return drawn(domain, traces, options.png, options.gif, answer.result.status.value)
