"""Plans that are right whatever a network says: it proposes, the verifier decides, and search proves or improves.

Who has a plan has less to search: A* expands states of lower f alone, and finds a cheaper plan, or that there is none.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from data.tokens import CONTROL, EOS
from planning.domain import Domain
from searchformer.checkpoint import Checkpoint
from searchformer.choice import Choice
from searchformer.planner import GREEDY, Answer, answer_all
from solvers.registry import lookup
from solvers.result import Result, Status
from solvers.search import NO_LIMITS, Limits, Path
from solvers.verifier import verify

GUARANTEES: Final = {
    "optimal": "no plan is cheaper",
    "valid": "the plan was verified, and is the network's if that holds",
    "none": "the network's plan, or none",
}
"""All guarantees, with what each of them promises of a plan (that it was verified, all of them do)."""
NETWORK, ESTIMATE = "searchformer", "estimate"
OUT_OF_MEMORY = "out of memory"
"""What results call a network that found a plan, a domain's estimate that proved a bound, and a search that failed."""
NETWORK_SHARE = 0.5
"""How much of a time limit the network may take, at most."""

_FIRST_TOKENS = 8
_LATE = "the network had no time to answer"
_log = logging.getLogger(__name__)
_Ask = Callable[..., list[Answer]]


@dataclass(frozen=True, slots=True)
class Planned:
    """What is known of one problem: the result, and what the network answered; if nothing, `note` says why."""

    result: Result[Path[Any, Any]]
    answer: Answer | None
    note: str | None = None

    @property
    def reason(self) -> str | None:
        """Return why the network has no plan; None where it has one."""
        return self.note if self.answer is None else self.answer.reason


def plan(problem: Any, checkpoint: Checkpoint, **settings: Any) -> Result[Path[Any, Any]]:
    """Plan for one problem; see `plan_all`, whose settings these are, and of which this is the result alone."""
    (planned,) = plan_all([problem], checkpoint, **settings)
    return planned.result


def plan_all(
    problems: Sequence[Any],
    checkpoint: Checkpoint,
    *,
    guarantee: str = "optimal",
    domain: Domain[Any, Any] | None = None,
    mode: str = "auto",
    num_samples: int = 1,
    choice: Choice = GREEDY,
    seed: int = 0,
    max_tokens: int | None = None,
    limits: Limits = NO_LIMITS,
    batch_size: int = 64,
    compare: bool = False,
) -> list[Planned]:
    """Plan for problems: the network answers all of them together, and search closes what that leaves open.

    Of a result, `solver` found the plan and `prover` the bound. Only plans that the verifier has replayed are returned,
    whatever the network writes; if it fails, or knows no problems of this domain and size, search answers alone.

    Args:
        problems: Of one domain, of any size.
        checkpoint: The network and its words.
        guarantee: "optimal": the network's best plan, if a search below its cost finds no other, or else that one; if
            a limit stops the search, the network's, which is FEASIBLE with the bound of the search. "valid": its best
            plan, with the domain's estimate as the bound. Both: plain A* where no plan of the network holds. "none":
            what `planner.answer_all` says, and no search.
        domain: Of the problems; None is the checkpoint's.
        mode: See `planner.answer_all`; "auto" leaves to the network whether it thinks.
        num_samples: How often each problem is answered; the cheapest plan counts, and of these the one soonest written.
        choice: How tokens are chosen.
        seed: Of the chance.
        max_tokens: The most tokens of an answer; None is the network's context.
        limits: `max_expansions` for each search. `time_limit_s` for all problems together: the network takes at most
            `NETWORK_SHARE` of it (and what 8 tokens of a batch take), and each search an equal part of what is left.
        batch_size: The number of answers under way at a time.
        compare: Search once more without a bound, within what is left, to tell how many expansions that saved.

    Returns:
        What is planned for each problem. `stats` are the planner's `tokens`, `samples` and `valid`; `proposed`, the
        cost of the network's plan, if one holds; `expansions` and `created` of the search; and if they were asked for
        and could be counted, `plain_expansions` of A* without the network, and how many of them were `saved`.

    Raises:
        ValueError: A setting makes no sense, or a problem is of another domain. With "none", also if it is of another
            size than the network's, or `max_expansions` are given.
    """
    lookup("guarantee", guarantee, GUARANTEES)
    settings: dict[str, Any] = {"mode": mode, "num_samples": num_samples, "choice": choice, "seed": seed}
    settings["batch_size"] = batch_size
    if guarantee == "none":
        answers = answer_all(problems, checkpoint, max_tokens=max_tokens, limits=limits, **settings)
        return [Planned(replace(answer.result, prover=ESTIMATE), answer) for answer in answers]
    clock = _Clock(limits)

    def ask(some: Sequence[Any], tokens: int) -> list[Answer]:
        left_s = clock.left_for_network()
        if some and left_s is not None and left_s <= 0:
            raise TimeoutError
        return answer_all(some, checkpoint, max_tokens=tokens, limits=Limits(time_limit_s=left_s), **settings)

    most = checkpoint.network.config.max_positions if max_tokens is None else max_tokens
    if limits.time_limit_s is not None:
        ask([], most)  # refuses what would only be asked for in a later round
    part = max(1, len(problems) if limits.time_limit_s is None else batch_size // num_samples)
    proposals = [
        proposal
        for start in range(0, len(problems), part)
        for proposal in _proposals(problems[start : start + part], ask, most, clock)
    ]
    chosen = domain or checkpoint.token_format.domain
    planned = [
        _closed(chosen, problem, proposal, guarantee, clock.limits(len(problems) - i))
        for i, (problem, proposal) in enumerate(zip(problems, proposals, strict=True))
    ]
    if compare:
        planned = [
            replace(each, result=_compared(chosen, problem, each.result, clock.limits(len(problems) - i)))
            for i, (problem, each) in enumerate(zip(problems, planned, strict=True))
        ]
    return planned


class _Clock:
    """Knows how much time is left: for the network, and for each of the searches that have to share it."""

    def __init__(self, limits: Limits) -> None:
        self._started, self._limits = time.perf_counter(), limits

    def left_for_network(self) -> float | None:
        return self._left(NETWORK_SHARE)

    def limits(self, num_searches: int) -> Limits:
        left_s = self._left(1.0)
        return self._limits if left_s is None else replace(self._limits, time_limit_s=max(0.0, left_s) / num_searches)

    def _left(self, share: float) -> float | None:
        whole_s = self._limits.time_limit_s
        return None if whole_s is None else self._started + share * whole_s - time.perf_counter()


# What the network proposes


def _proposals(problems: Sequence[Any], ask: _Ask, max_tokens: int, clock: _Clock) -> list[Answer | str]:
    """Return the network's answer to each problem, or why there is none.

    Generation looks at the clock only where an answer ends. With a time limit, few tokens are asked for at first; then,
    for answers that are not at their end, twice as many, from the beginning, unless that would take too long.
    """
    if clock.left_for_network() is None:
        return _answers(problems, partial(ask, tokens=max_tokens))
    found: list[Answer | str] = [_LATE] * len(problems)
    open_ones, tokens, seconds = list(range(len(problems))), min(_FIRST_TOKENS, max_tokens), 0.0
    while open_ones and seconds < (clock.left_for_network() or 0.0):
        started = time.perf_counter()
        answers = _answers([problems[i] for i in open_ones], partial(ask, tokens=tokens))
        for i, answer in zip(open_ones, answers, strict=True):
            found[i] = found[i] if _has_plan(found[i]) and not _has_plan(answer) else answer
        unfinished = [i for i in open_ones if tokens < max_tokens and _is_cut(found[i])]
        # Twice as many tokens, each of which attends to up to twice as many.
        seconds = 3 * (time.perf_counter() - started) * len(unfinished) / len(open_ones)
        open_ones, tokens = unfinished, min(2 * tokens, max_tokens)
    return found


def _answers(problems: Sequence[Any], ask: _Ask) -> list[Answer | str]:
    """Ask, and if a problem is refused, ask for the others: what one of them gets does not depend on them."""
    try:
        return list(ask(problems))
    except TimeoutError:
        return [_LATE] * len(problems)
    except ValueError as error:
        ask([])  # refuses settings, which are no problem's affair
        if len(problems) == 1:
            return [f"the network was not asked: {error}"]
        middle = len(problems) // 2
        return [*_answers(problems[:middle], ask), *_answers(problems[middle:], ask)]
    except Exception as error:  # noqa: BLE001  (however a network fails, search answers)
        _log.info("the network failed", exc_info=True)
        return [f"the network failed: {type(error).__name__}: {error}"] * len(problems)


def _has_plan(answer: Answer | str) -> bool:
    return isinstance(answer, Answer) and answer.result.solution is not None


def _is_cut(answer: Answer | str) -> bool:
    """Tell whether more tokens could make another answer of it."""
    return isinstance(answer, Answer) and any(sample.words[-1] != CONTROL[EOS] for sample in answer.samples)


# What search makes of it


def _closed(domain: Domain[Any, Any], problem: Any, proposal: Answer | str, guarantee: str, limits: Limits) -> Planned:
    """Return what is promised, from the network's answer or without one."""
    answer, note = (None, proposal) if isinstance(proposal, str) else (proposal, None)
    if note is not None:
        _log.info(note)
        _check_domain(domain, problem)
    proposed = None if answer is None else _proposed(problem, answer)
    if answer is None or proposed is None:
        result = _search(domain, problem, limits)
    elif guarantee == "valid":
        path, cost = proposed
        status = Status.OPTIMAL if cost == answer.result.bound else Status.FEASIBLE
        result = Result(status, NETWORK, path, cost, answer.result.bound, prover=ESTIMATE)
    else:
        result = _searched_below(domain, problem, *proposed, limits)
    stats = {"tokens": 0.0, "samples": 0.0, "valid": 0.0, "expansions": 0.0, "created": 0.0}
    stats |= ({} if answer is None else answer.result.stats) | result.stats
    stats |= {} if proposed is None else {"proposed": float(proposed[1])}
    seconds = result.seconds + (0.0 if answer is None else answer.result.seconds)
    return Planned(_verified(problem, replace(result, stats=stats, seconds=seconds)), answer, note)


def _proposed(problem: Any, answer: Answer) -> tuple[Path[Any, Any], int] | None:
    """Return the best plan of an answer and its cost, if the verifier, asked once more, says that it holds."""
    best = answer.chosen
    if best is None or best.path is None:
        return None
    verdict = verify(problem, best.path.actions)
    return None if verdict.cost is None or not verdict.valid else (best.path, verdict.cost)


def _searched_below(
    domain: Domain[Any, Any], problem: Any, path: Path[Any, Any], cost: int, limits: Limits
) -> Result[Path[Any, Any]]:
    """Return a cheaper plan, or the given one with the bound that a search for a cheaper one has proven."""
    searched = _search(domain, problem, limits, below=cost)
    if searched.solution is not None:
        return searched
    status = Status.OPTIMAL if searched.bound == cost else Status.FEASIBLE
    prover = searched.prover or searched.solver
    return replace(searched, status=status, solver=NETWORK, solution=path, cost=cost, prover=prover)


def _search(domain: Domain[Any, Any], problem: Any, limits: Limits, below: int | None = None) -> Result[Path[Any, Any]]:
    """Search; out of memory, the answer is UNKNOWN with the estimate of the initial state as its bound."""
    started = time.perf_counter()
    try:
        return domain.solve(problem, limits=limits, below=below)
    except MemoryError:
        seconds = time.perf_counter() - started
    bound = domain.heuristic(problem, domain.strongest_heuristic)(problem.initial)
    return Result(Status.UNKNOWN, OUT_OF_MEMORY, bound=bound, seconds=seconds, prover=ESTIMATE)


def _compared(
    domain: Domain[Any, Any], problem: Any, result: Result[Path[Any, Any]], limits: Limits
) -> Result[Path[Any, Any]]:
    """Return the result with the expansions of plain A*, if those can be counted."""
    expansions = result.stats["expansions"]
    if "proposed" in result.stats:
        plain = _search(domain, problem, limits)
        if plain.status is not Status.OPTIMAL:
            return result
        if result.status is Status.OPTIMAL and result.cost != plain.cost:
            raise RuntimeError(f"cost {result.cost} was proven for {problem!r}, and A* finds cost {plain.cost}")
        plain_expansions = plain.stats["expansions"]
    elif result.status in (Status.OPTIMAL, Status.INFEASIBLE):
        plain_expansions = expansions  # it was plain A*
    else:
        return result
    counted = {"plain_expansions": plain_expansions, "saved": plain_expansions - expansions}
    return replace(result, stats=result.stats | counted)


def _verified(problem: Any, result: Result[Path[Any, Any]]) -> Result[Path[Any, Any]]:
    """Return a result whose plan, if there is one, the verifier has replayed to the same cost."""
    if result.solution is not None:
        verdict = verify(problem, result.solution.actions)
        if not verdict.valid or verdict.cost != result.cost:
            raise RuntimeError(f"the verifier refutes a plan of cost {result.cost} by {result.solver}: {verdict}")
    return result


def _check_domain(domain: Domain[Any, Any], problem: Any) -> None:
    """Refuse a problem of another domain.

    Raises:
        ValueError: It is one.
    """
    try:
        domain.heuristic(problem)(problem.initial)
    except (AttributeError, TypeError):
        name = type(problem).__name__
        raise ValueError(f"a {name} is no problem of the domain {domain.name!r}: give its own as `domain`") from None
