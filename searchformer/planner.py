"""A checkpoint as a solver: it proposes plans, strict replay decides, and the answer is the house's `Result`.

The network proves nothing. A plan that was replayed to a goal is FEASIBLE, with the domain's lower estimate at the
start as its bound, and OPTIMAL where it costs no more than that; without one, the answer is UNKNOWN.
"""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data.decoding import read_plan
from data.tokens import BOS, CONTROL, CREATE, EOS, PLAN, TokenFormat
from planning.traces import Traces
from searchformer import modes
from searchformer.checkpoint import Checkpoint
from searchformer.choice import Choice
from searchformer.generation import Generated, Prompt, generate
from solvers.chance import derive
from solvers.registry import lookup
from solvers.result import Result, Status, Verdict
from solvers.search import NO_LIMITS, Limits, Path
from solvers.verifier import verify

FORCED: Final = {"slow": (CREATE,), "fast": (PLAN,), "auto": ()}
"""How an answer begins in each mode: with thinking, with the plan, or as the network likes."""
GREEDY = Choice()


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer of the network: its words from `bos` on, what replay says of its plan, and the plan if that holds."""

    words: tuple[str, ...]
    verdict: Verdict
    path: Path[Any, Any] | None

    @property
    def num_tokens(self) -> int:
        """Return the number of tokens that the network wrote: all but `bos`."""
        return len(self.words) - 1


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of one problem, and the samples (in the order of their seeds) that it is known from."""

    result: Result[Path[Any, Any]]
    samples: tuple[Sample, ...]

    @property
    def chosen(self) -> Sample | None:
        """Return the sample that is the solution: the cheapest, then the shortest one; the first, if none is valid."""
        ranked = [(sample.verdict.cost, sample.num_tokens, i) for i, sample in enumerate(self.samples) if sample.path]
        return self.samples[min(ranked)[2]] if ranked else next(iter(self.samples), None)

    @property
    def reason(self) -> str | None:
        """Return why there is no solution: what breaks the first sample's plan; None where there is one."""
        if self.result.solution is not None:
            return None
        if not self.samples:
            known = "there is no plan" if self.result.status is Status.INFEASIBLE else "the time was over"
            return f"{known}: the network was not asked"
        first = self.samples[0].verdict.violations[0]
        return f"{first.rule}: {first.reason}"


def solve(
    problem: Any,
    checkpoint: Checkpoint,
    *,
    mode: str = "slow",
    num_samples: int = 1,
    choice: Choice = GREEDY,
    seed: int = 0,
    max_tokens: int | None = None,
    limits: Limits = NO_LIMITS,
) -> Result[Path[Any, Any]]:
    """Answer one problem; see `answer_all`, of which this is the result alone."""
    (answer,) = answer_all(
        [problem],
        checkpoint,
        mode=mode,
        num_samples=num_samples,
        choice=choice,
        seed=seed,
        max_tokens=max_tokens,
        limits=limits,
    )
    return answer.result


def solve_many(problems: Sequence[Any], checkpoint: Checkpoint, **settings: Any) -> list[Result[Path[Any, Any]]]:
    """Answer problems together, each as `solve` would; the settings are those of `answer_all`."""
    return [answer.result for answer in answer_all(problems, checkpoint, **settings)]


def answer_all(
    problems: Sequence[Any],
    checkpoint: Checkpoint,
    *,
    mode: str = "slow",
    num_samples: int = 1,
    choice: Choice = GREEDY,
    seed: int = 0,
    max_tokens: int | None = None,
    limits: Limits = NO_LIMITS,
    batch_size: int = 64,
) -> list[Answer]:
    """Have the network answer problems, and keep of its plans what replay confirms.

    What a problem gets depends on the problem, the seed and the settings, not on its neighbours. A problem whose start
    is a dead end by the domain's own estimate is INFEASIBLE, and the network is not asked.

    Args:
        problems: Of the checkpoint's domain and size.
        checkpoint: The network and its words.
        mode: "slow" thinks first, "fast" writes the plan at once, "auto" leaves that to the network.
        num_samples: How often each problem is answered.
        choice: How tokens are chosen; several samples need a temperature above 0.
        seed: Of the chance; sample j (from 0) has the stream `derive(seed, j)`.
        max_tokens: The most tokens of an answer, `eos` included; None is the network's context.
        limits: `time_limit_s` for all problems together: the first answer that is complete after that is the last.
            Among them there is none on single tokens: `max_tokens` bounds how long one answer takes.
        batch_size: The number of answers under way at a time.

    Returns:
        An answer for each problem. `stats` count the `tokens` written, the `samples`, and those of them that are
        `valid`; `seconds` are from the beginning to the last sample of that problem.

    Raises:
        ValueError: A problem does not fit the checkpoint, or its prompt or `max_tokens` the context, or a setting
            makes no sense.
    """
    forced = lookup("mode", mode, FORCED)
    _check(checkpoint, mode=mode, num_samples=num_samples, choice=choice, max_tokens=max_tokens, limits=limits)
    prompts, estimates = [], []
    for number, problem in enumerate(problems):
        try:
            estimates.append(_estimate(checkpoint.token_format, problem))
            prompts.append(_prompt(checkpoint, problem))
        except ValueError as error:
            raise ValueError(f"problem {number}: {error}" if len(problems) > 1 else str(error)) from None
    jobs = [(i, j) for i, estimate in enumerate(estimates) if estimate is not None for j in range(num_samples)]
    clock = _Clock(limits.time_limit_s, len(jobs))
    with suppress(_TimeIsOverError):
        generate(
            checkpoint.network,
            [Prompt(prompts[i], derive(seed, j), forced) for i, j in jobs],
            bos=BOS,
            eos=EOS,
            max_tokens=checkpoint.network.config.max_positions if max_tokens is None else max_tokens,
            choice=choice,
            batch_size=batch_size,
            on_answer=clock.note,
        )
    samples: list[list[Sample]] = [[] for _ in problems]
    seconds = [0.0] * len(problems)
    for (i, _), (generated, when) in zip(jobs, clock.noted, strict=True):
        if generated is not None:
            samples[i].append(_sample(checkpoint.token_format, problems[i], generated))
            seconds[i] = max(seconds[i], when)
    return [_answer(*each) for each in zip(estimates, samples, seconds, strict=True)]


class _TimeIsOverError(Exception):
    """Stops a generation: what has come until now is kept."""


class _Clock:
    """Notes which answer came when, and stops the generation when the time is over."""

    def __init__(self, time_limit_s: float | None, num_jobs: int) -> None:
        self.started, self.limit_s = time.perf_counter(), time_limit_s
        self.noted: list[tuple[Generated | None, float]] = [(None, 0.0)] * num_jobs

    def note(self, number: int, answer: Generated) -> None:
        seconds = time.perf_counter() - self.started
        self.noted[number] = answer, seconds
        if self.limit_s is not None and seconds > self.limit_s:
            raise _TimeIsOverError


def _check(
    checkpoint: Checkpoint, *, mode: str, num_samples: int, choice: Choice, max_tokens: int | None, limits: Limits
) -> None:
    """Refuse what makes no sense."""
    context = checkpoint.network.config.max_positions
    if max_tokens is not None and not 1 <= max_tokens <= context:
        raise ValueError(f"max_tokens must be from 1 to {context}, this checkpoint's context, not {max_tokens}")
    if num_samples < 1:
        raise ValueError(f"num_samples must be at least 1, not {num_samples}")
    if num_samples > 1 and choice.temperature == 0:
        raise ValueError(f"{num_samples} greedy samples are all the same: take one, or a temperature above 0")
    if limits.max_expansions is not None:
        raise ValueError("a network expands no states: limit it by max_tokens or time_limit_s, not by max_expansions")
    modes.check(checkpoint.facts, mode)


def _estimate(token_format: TokenFormat, problem: Any) -> int | None:
    """Return the domain's lower estimate of what a plan costs (None: the start is a dead end).

    Raises:
        ValueError: The problem is of another domain or another size than the words.
    """
    domain = token_format.domain
    try:
        extent = domain.extent(problem)
        estimate = domain.heuristic(problem)(problem.initial)
    except (AttributeError, TypeError):
        raise ValueError(
            f"a {type(problem).__name__} is no problem of the domain {domain.name!r}, which this checkpoint is for"
        ) from None
    except ValueError as error:
        raise ValueError(
            f"this checkpoint is for the domain {domain.name!r}, which has no such problem: {error}"
        ) from None
    if extent != (token_format.width, token_format.height):
        raise ValueError(
            f"this checkpoint is for problems of {token_format.width} × {token_format.height} cells, and this one has "
            f"{extent[0]} × {extent[1]}: take a checkpoint of that size, or search without a network"
        )
    return estimate


def _prompt(checkpoint: Checkpoint, problem: Any) -> NDArray[np.uint16]:
    """Return the prompt of a problem.

    Raises:
        ValueError: It does not fit the network's context, or the words.
    """
    token_format, context = checkpoint.token_format, checkpoint.network.config.max_positions
    codes = token_format.domain.codes(problem)
    tokens = token_format.encode(Traces.of(codes, (), None, (), token_format.domain.state_width(problem))).prompts
    if len(tokens) > context:
        raise ValueError(
            f"the prompt has {len(tokens)} tokens, {len(tokens) - context} more than this checkpoint's context of "
            f"{context}: take a checkpoint with a longer one"
        )
    return tokens


def _sample(token_format: TokenFormat, problem: Any, generated: Generated) -> Sample:
    """Read one answer strictly, and replay its plan a second time, action by action."""
    end = [CONTROL[EOS]] if generated.finished else []
    words = (CONTROL[BOS], *token_format.text(generated.tokens), *end)
    actions, verdict = read_plan(token_format, problem, words)
    if not verdict.valid:
        return Sample(words, verdict, None)
    replayed = verify(problem, actions)
    if replayed != verdict:
        raise RuntimeError(f"the verifier refutes what was read ({verdict}): {replayed}")
    return Sample(words, verdict, _path(problem, actions))


def _path(problem: Any, actions: Sequence[Any]) -> Path[Any, Any]:
    states = [problem.initial]
    for action in actions:
        states.append(next(child for other, child, _ in problem.successors(states[-1]) if other == action))
    return Path(tuple(actions), tuple(states))


def _answer(estimate: int | None, samples: Sequence[Sample], seconds: float) -> Answer:
    """Return what the samples of one problem prove."""
    valid = [sample for sample in samples if sample.path]
    stats = {
        "tokens": float(sum(sample.num_tokens for sample in samples)),
        "samples": float(len(samples)),
        "valid": float(len(valid)),
    }
    status = Status.UNKNOWN if estimate is not None else Status.INFEASIBLE
    unsolved = Answer(Result(status, "searchformer", bound=estimate, seconds=seconds, stats=stats), tuple(samples))
    if not valid:
        return unsolved
    best = unsolved.chosen
    assert best is not None
    cost, bound = best.verdict.cost, estimate
    assert cost is not None
    assert bound is not None
    assert bound <= cost, f"the domain's estimate {bound} is not admissible: there is a plan of cost {cost}"
    status = Status.OPTIMAL if cost == bound else Status.FEASIBLE
    return Answer(Result(status, "searchformer", best.path, cost, bound, seconds, stats), tuple(samples))
