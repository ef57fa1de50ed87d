"""What the guaranteed planner must be: right whatever the network writes, and never slower in expansions than A*."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.lies import ALL, NO_EOS, Liar
from data.tokens import CREATE, PLAN, TokenFormat, format_for
from planning.domain import Domain
from planning.domains import DOMAINS
from searchformer import guarantee, planner
from searchformer.checkpoint import Checkpoint
from searchformer.choice import Choice
from searchformer.generation import Generated, Prompt, generate
from searchformer.guarantee import ESTIMATE, NETWORK, Planned, plan, plan_all
from searchformer.planner import Answer, Sample, answer_all
from solvers.chance import SplitMix
from solvers.result import Result, Status, Verdict
from solvers.search import CLOSE, Limits, Path
from solvers.verifier import verify
from tests.searchformer.overfitted import MAZES, SIZE, checkpoint, mazes, small_network, token_format

SOKOBAN = DOMAINS["sokoban"]
TRUE_SOMETIMES = ("detour", "through walls")  # nothing may be in the way
WALLED = MAZES.read("S#..\n.#..\n##..\n...G\n")[0]
Generate = Callable[..., list[Generated]]


def untrained(words: TokenFormat, seed: int = 0) -> Checkpoint:
    return Checkpoint(small_network(len(words.words), seed, max_positions=128).eval(), words, {})


def samples(domain: Domain[Any, Any], size: int, count: int, seed: int = 0) -> list[Any]:
    sampling, chance = domain.sampling(size), SplitMix(seed)
    found: list[Any] = []
    while len(found) < count:
        found += list(domain.generators[sampling.generator](sampling, chance))[:3]
    return found[:count]


def levels(count: int) -> list[Any]:
    return samples(SOKOBAN, 6, count)


def says(monkeypatch: pytest.MonkeyPatch, other: Generate) -> None:
    """Have something else speak in the place of the network."""
    monkeypatch.setattr(planner, "generate", other)


def assert_closed(domain: Domain[Any, Any], problem: Any, planned: Planned, promised: str = "optimal") -> None:
    """The verifier replays the plan, and it is as good as promised; that there is none is proven."""
    result, plain = planned.result, domain.search(problem, record=False).result
    if plain.solution is None:
        assert (result.status, result.solution) == (Status.INFEASIBLE, None)
        return
    assert result.solution is not None
    verdict = verify(problem, result.solution.actions)
    assert (verdict.valid, verdict.cost) == (True, result.cost)
    assert result.bound is not None
    assert plain.cost is not None
    assert verdict.cost is not None
    assert result.bound <= plain.cost <= verdict.cost
    if promised == "optimal":
        assert (result.status, result.cost) == (Status.OPTIMAL, plain.cost)


# Who found it, and who proved it


def test_a_network_that_knows_finds_and_search_proves() -> None:
    for maze, planned in zip(mazes(), plan_all(mazes(), checkpoint(), compare=True), strict=True):
        assert_closed(MAZES, maze, planned)
        result, stats = planned.result, planned.result.stats
        assert (result.solver, result.prover) == (NETWORK, "search")
        assert stats["proposed"] == result.cost
        plain = MAZES.solve(maze).stats["expansions"]
        assert (stats["plain_expansions"], stats["saved"]) == (plain, plain - stats["expansions"])
        assert stats["saved"] > 0
        assert planned.answer is not None
        assert stats["tokens"] == planned.answer.result.stats["tokens"] > 0
        assert planned.note is None


def test_no_state_is_expanded_that_the_plan_makes_needless() -> None:
    for maze, planned in zip(mazes(), plan_all(mazes(), checkpoint()), strict=True):
        whole = MAZES.search(maze).traces
        assert whole is not None
        assert planned.result.cost is not None
        is_needed = (whole.kinds == CLOSE) & (whole.g + whole.h < planned.result.cost)
        assert planned.result.stats["expansions"] == is_needed.sum()


def test_a_valid_plan_needs_no_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(MAZES), "solve", lambda *_, **__: pytest.fail("searched"))
    planned = plan_all(mazes(), checkpoint(), guarantee="valid")
    for maze, each in zip(mazes(), planned, strict=True):
        assert_closed(MAZES, maze, each, "valid")
        assert (each.result.solver, each.result.prover) == (NETWORK, ESTIMATE)
        assert each.result.bound == MAZES.heuristic(maze)(maze.initial)
        assert each.result.stats["expansions"] == 0
    assert {each.result.status for each in planned} == {Status.OPTIMAL, Status.FEASIBLE}


@pytest.mark.parametrize("promised", ["optimal", "valid"])
def test_where_no_plan_holds_it_is_plain_astar(monkeypatch: pytest.MonkeyPatch, promised: str) -> None:
    says(monkeypatch, Liar(token_format(), ["teleport"]))
    for maze, planned in zip(mazes(), plan_all(mazes(), checkpoint(), guarantee=promised, compare=True), strict=True):
        plain = MAZES.solve(maze)
        assert (planned.result.solver, planned.result.prover) == ("search", None)
        assert (planned.result.cost, planned.result.solution) == (plain.cost, plain.solution)
        assert plain.stats.items() <= planned.result.stats.items()
        assert "proposed" not in planned.result.stats
        assert planned.result.stats["saved"] == 0
        assert planned.answer is not None
        assert planned.answer.reason is not None


def test_a_detour_is_improved_for_optimal_and_kept_for_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, Liar(token_format(), ["detour"]))
    for maze in mazes():
        least = MAZES.solve(maze).cost
        assert least is not None
        (optimal,) = plan_all([maze], checkpoint())
        assert_closed(MAZES, maze, optimal)
        assert (optimal.result.solver, optimal.result.prover) == ("search", None)
        assert optimal.result.stats["proposed"] == least + 2
        valid = plan(maze, checkpoint(), guarantee="valid")
        assert (valid.status, valid.solver, valid.cost) == (Status.FEASIBLE, NETWORK, least + 2)


def test_the_cheapest_of_several_is_the_proposal(monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, Liar(token_format(), ["detour", "noise", NO_EOS]))
    monkeypatch.setattr(Liar, "lie", cheap_third(Liar.lie))
    result = plan(mazes()[3], checkpoint(), guarantee="valid", num_samples=3, choice=Choice(1.0))
    assert result.stats["proposed"] == result.cost == MAZES.solve(mazes()[3]).cost
    assert (result.stats["samples"], result.stats["valid"]) == (3, 2)


def cheap_third(lie: Callable[..., Any]) -> Callable[..., Any]:
    """Give the plan without an end its end."""
    return lambda self, name, prompt: (lie(self, name, prompt)[0], True)


def test_none_is_the_planner_alone() -> None:
    answers = answer_all(mazes(), checkpoint(), mode="auto", num_samples=2, choice=Choice(1.0), seed=3)
    planned = plan_all(mazes(), checkpoint(), guarantee="none", num_samples=2, choice=Choice(1.0), seed=3)
    for answer, each in zip(answers, planned, strict=True):
        assert each.answer is not None
        assert each.answer.samples == answer.samples
        assert (each.result.solution, each.result.bound) == (answer.result.solution, answer.result.bound)
        assert each.result.prover == ESTIMATE


def test_all_settings_arrive_and_no_problem_depends_on_another() -> None:
    wanted = {"mode": "fast", "num_samples": 3, "choice": Choice(1.0, top_k=5), "seed": 7, "max_tokens": 40}
    together = plan_all(mazes(), checkpoint(), batch_size=5, **wanted)  # type: ignore[arg-type]
    answers = answer_all(mazes(), checkpoint(), **wanted)  # type: ignore[arg-type]
    for maze, each, answer in zip(mazes(), together, answers, strict=True):
        assert each.answer is not None
        assert each.answer.samples == answer.samples
        alone = plan(maze, checkpoint(), **wanted)
        assert (alone.status, alone.solution, alone.stats) == (
            each.result.status,
            each.result.solution,
            each.result.stats,
        )


# Whatever the network says


@pytest.mark.parametrize("lie", ALL)
@pytest.mark.parametrize("domain", [MAZES, SOKOBAN, DOMAINS["octile"]], ids=lambda domain: str(domain.name))
@pytest.mark.parametrize("promised", ["optimal", "valid"])
def test_no_lie_gets_through(
    monkeypatch: pytest.MonkeyPatch, lie: str, domain: Domain[Any, Any], promised: str
) -> None:
    drawn = samples(domain, 6 if domain is SOKOBAN else 4, 12, seed=1)
    problems = [each for each in drawn if (found := domain.solve(each).solution) is None or len(found.states) > 3]
    problems += [WALLED] if domain is MAZES else []
    words = format_for(domain, problems[0], "compact", 20)
    says(monkeypatch, Liar(words, [lie]))
    for problem, planned in zip(problems, plan_all(problems, untrained(words), guarantee=promised), strict=True):
        assert_closed(domain, problem, planned, promised)
        assert planned.result.solver != NETWORK or lie in TRUE_SOMETIMES


@pytest.mark.parametrize("name", ["maze", "sokoban", "tiles"])
@pytest.mark.parametrize("mode", ["slow", "fast", "auto"])
def test_a_network_that_knows_nothing_is_no_harm(name: str, mode: str) -> None:
    domain = DOMAINS[name]
    problems = samples(domain, {"maze": 4, "sokoban": 6, "tiles": 2}[name], 6)
    words = format_for(domain, problems[0], "compact", 20)
    for promised in ("optimal", "valid"):
        planned = plan_all(problems, untrained(words), guarantee=promised, mode=mode, max_tokens=40)
        for problem, each in zip(problems, planned, strict=True):
            assert_closed(domain, problem, each, promised)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_words_by_chance_are_no_harm(monkeypatch: pytest.MonkeyPatch, data: st.DataObject) -> None:
    words = token_format()
    i = data.draw(st.integers(0, len(mazes())))
    maze = [*mazes(), WALLED][i]
    cells = [words.places[f"{x},{y}"] for x in range(SIZE) for y in range(SIZE)]
    plans = st.lists(st.sampled_from(cells), max_size=12).map(lambda told: [t for cell in told for t in (PLAN, cell)])
    tokens = data.draw(st.one_of(st.lists(st.integers(0, len(words.words) - 1), max_size=30), plans))
    finished = data.draw(st.booleans())

    def chatter(_: Any, prompts: Sequence[Prompt], on_answer: Any, **__: Any) -> list[Generated]:
        return [on_answer(number, Generated(np.array(tokens, np.uint16), finished)) for number in range(len(prompts))]

    says(monkeypatch, chatter)
    (planned,) = plan_all([maze], checkpoint(), compare=True)
    assert_closed(MAZES, maze, planned)
    assert planned.result.stats.get("saved", 0) >= 0


@pytest.mark.parametrize("error", [RuntimeError("no"), MemoryError(), IndexError(), FloatingPointError("nan")])
def test_a_network_that_fails_is_no_harm(
    monkeypatch: pytest.MonkeyPatch, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: Any, prompts: Sequence[Prompt], **__: Any) -> list[Generated]:
        if prompts:
            raise error
        return []

    says(monkeypatch, fail)
    with caplog.at_level(logging.INFO):
        for maze, planned in zip(mazes(), plan_all(mazes(), checkpoint()), strict=True):
            assert_closed(MAZES, maze, planned)
            assert planned.answer is None
            assert planned.note == f"the network failed: {type(error).__name__}: {error}"
            assert planned.result.stats["tokens"] == 0
    assert "Traceback" in caplog.text


def test_a_network_that_refuses_everything_is_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Any, prompts: Sequence[Prompt], **__: Any) -> list[Generated]:
        if prompts:
            raise ValueError("not with me")
        return []

    says(monkeypatch, refuse)
    for maze, planned in zip(mazes(), plan_all(mazes(), checkpoint()), strict=True):
        assert_closed(MAZES, maze, planned)
        assert planned.note == "the network was not asked: not with me"


def test_a_network_that_is_not_finite_is_no_harm() -> None:
    broken = untrained(token_format(), seed=3)
    with torch.no_grad():
        broken.network.embedding.weight.fill_(torch.nan)
    for choice in (Choice(), Choice(1.0)):
        for maze, planned in zip(mazes(), plan_all(mazes(), broken, choice=choice), strict=True):
            assert_closed(MAZES, maze, planned)


@pytest.mark.parametrize("how", ["not possible", "not there", "nothing"])
def test_a_plan_that_is_called_verified_is_verified_again(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    maze = mazes()[2]
    best = MAZES.solve(maze).solution
    assert best is not None
    actions = {"not possible": (*best.actions, "fly"), "not there": best.actions[:-1], "nothing": ()}[how]
    path: Path[Any, Any] = Path(actions, (maze.start, maze.goal))
    lie: Result[Path[Any, Any]] = Result(Status.OPTIMAL, NETWORK, path, 1, 1)
    said = Answer(lie, (Sample(("bos", "eos"), Verdict(1), path),))
    monkeypatch.setattr(guarantee, "answer_all", lambda problems, *_, **__: [said] * len(problems))
    for promised in ("optimal", "valid"):
        (planned,) = plan_all([maze], checkpoint(), guarantee=promised)
        assert_closed(MAZES, maze, planned)
        assert planned.result.solver == "search"


def test_a_search_that_the_verifier_refutes_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong: Result[Path[Any, Any]] = Result(Status.OPTIMAL, "search", Path(("up",) * 9, ()), 9, 9)
    monkeypatch.setattr(type(MAZES), "solve", lambda *_, **__: wrong)
    says(monkeypatch, Liar(token_format(), ["silence"]))
    with pytest.raises(RuntimeError, match="refutes"):
        plan(mazes()[0], checkpoint())


def test_what_is_proven_wrongly_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, Liar(token_format(), ["detour"]))
    solve = type(MAZES).solve

    def blind(*given: Any, below: int | None = None, **options: Any) -> Any:
        return solve(*given, **options) if below is None else Result(Status.INFEASIBLE, "search", bound=below)

    monkeypatch.setattr(type(MAZES), "solve", blind)
    with pytest.raises(RuntimeError, match="was proven"):
        plan(mazes()[0], checkpoint(), compare=True)


# Limits


@pytest.mark.parametrize("most", [0, 1])
def test_a_limit_of_nodes_leaves_a_plan_with_a_bound(most: int) -> None:
    maze = mazes()[3]
    result = plan(maze, checkpoint(), limits=Limits(max_expansions=most))
    assert (result.status, result.solver, result.prover) == (Status.FEASIBLE, NETWORK, "search")
    assert result.stats["expansions"] == most
    assert result.bound is not None
    assert result.cost is not None
    assert (MAZES.heuristic(maze)(maze.initial) or 0) <= result.bound < result.cost


def test_a_limit_of_nodes_without_a_plan_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, Liar(token_format(), ["teleport"]))
    (planned,) = plan_all(mazes()[:1], checkpoint(), limits=Limits(max_expansions=1), compare=True)
    assert (planned.result.status, planned.result.solution) == (Status.UNKNOWN, None)
    assert planned.result.bound is not None
    assert "saved" not in planned.result.stats


def test_what_the_estimate_proves_needs_no_node() -> None:
    maze = mazes()[0]
    result = plan(maze, checkpoint(), limits=Limits(max_expansions=0))
    assert (result.status, result.cost, result.stats["expansions"]) == (Status.OPTIMAL, result.bound, 0)


def test_lack_of_memory_leaves_the_plan_of_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(*_: Any, **__: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(type(MAZES), "solve", no_memory)
    maze = mazes()[3]
    result = plan(maze, checkpoint())
    assert (result.status, result.solver, result.prover) == (Status.FEASIBLE, NETWORK, ESTIMATE)
    assert result.bound == MAZES.heuristic(maze)(maze.initial)
    says(monkeypatch, Liar(token_format(), ["teleport"]))
    result = plan(maze, checkpoint(), compare=True)
    assert (result.status, result.solver) == (Status.UNKNOWN, guarantee.OUT_OF_MEMORY)


class Slow:
    """A network that takes its time over every token, and says what its plan is after so many."""

    def __init__(self, seconds: float, length: int, liar: Liar) -> None:
        self.seconds, self.length, self.liar, self.asked = seconds, length, liar, list[tuple[int, int]]()

    def __call__(self, network: Any, prompts: Sequence[Prompt], max_tokens: int, on_answer: Any, **_: Any) -> Any:
        if not prompts:
            return []
        self.asked.append((len(prompts), max_tokens))
        time.sleep(self.seconds * min(max_tokens, self.length))
        if max_tokens < self.length:
            empty = Generated(np.full(max_tokens, CREATE, np.uint16), False)
            return [on_answer(number, empty) for number in range(len(prompts))]
        return self.liar(network, prompts, max_tokens=max_tokens, on_answer=on_answer)


def honest() -> Liar:
    """Return a liar whose only lie is a detour, where there is one."""
    return Liar(token_format(), ["detour"])


def test_a_network_that_is_too_slow_leaves_time_for_search(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(0.004, 10**6, honest())
    says(monkeypatch, slow)
    MAZES.solve(mazes()[0])  # compiles
    started = time.perf_counter()
    planned = plan_all(mazes(), checkpoint(), limits=Limits(time_limit_s=1.0), batch_size=2)
    assert time.perf_counter() - started < 1.0
    for maze, each in zip(mazes(), planned, strict=True):
        assert_closed(MAZES, maze, each)
        assert each.result.solver == "search"
    assert {tokens for _, tokens in slow.asked} <= {8, 16, 32, 64}


def test_problems_that_are_refused_cost_no_more_time(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(0.03, 10**6, honest())
    says(monkeypatch, slow)
    MAZES.solve(mazes()[0])  # compiles
    problems = [problem for pair in zip(samples(MAZES, 7, 4), mazes(), strict=True) for problem in pair]
    planned = plan_all(problems, checkpoint(), limits=Limits(time_limit_s=0.6))
    assert len(slow.asked) <= 2, "each of them took nearly all of the network's time"
    for problem, each in zip(problems, planned, strict=True):
        assert_closed(MAZES, problem, each)


def test_with_time_enough_all_of_an_answer_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(0.0002, 100, honest())
    says(monkeypatch, slow)
    planned = plan_all(mazes(), checkpoint(), limits=Limits(time_limit_s=20.0), guarantee="valid")
    assert all(each.result.solver == NETWORK for each in planned)
    assert slow.asked == [(4, 8), (4, 16), (4, 32), (4, 64), (4, 128)]


def test_what_an_early_round_has_found_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    liar = Liar(token_format(), ["detour", "endless"])
    endless = np.full(128, CREATE, np.uint16)
    lie = Liar.lie
    monkeypatch.setattr(Liar, "lie", lambda *given: (endless, False) if given[1] == "endless" else lie(*given))

    def fail_later(network: Any, prompts: Sequence[Prompt], max_tokens: int, **options: Any) -> list[Generated]:
        if prompts and max_tokens > 32:
            raise RuntimeError("enough")
        return liar(network, prompts, max_tokens=max_tokens, **options)

    says(monkeypatch, fail_later)
    limits = Limits(time_limit_s=20.0)
    options: dict[str, Any] = {"num_samples": 2, "choice": Choice(1.0), "max_tokens": 64, "limits": limits}
    result = plan(mazes()[0], checkpoint(), guarantee="valid", **options)
    assert (result.solver, result.status) == (NETWORK, Status.FEASIBLE)


def test_who_has_ended_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def noting(network: Any, prompts: Sequence[Prompt], **options: Any) -> list[Generated]:
        asked.extend([len(prompts)] if prompts else [])
        return generate(network, prompts, **options)

    says(monkeypatch, noting)
    limited = plan_all(mazes(), checkpoint(), mode="fast", limits=Limits(time_limit_s=60.0))
    unlimited = plan_all(mazes(), checkpoint(), mode="fast")
    *rounds, whole = asked
    assert rounds[0] == whole == len(mazes())
    lengths = [len(each.answer.samples[0].words) - 1 for each in unlimited if each.answer is not None]
    assert rounds[1:] == [count for most in (8, 16, 32) if (count := sum(length > most for length in lengths))]
    assert len(rounds) > 1
    for one, other in zip(limited, unlimited, strict=True):
        assert one.answer is not None
        assert other.answer is not None
        assert one.answer.samples == other.answer.samples


def test_each_search_has_its_share_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, Liar(token_format(), ["silence"]))
    given_s: list[float] = []
    solve = type(MAZES).solve

    def noting(*given: Any, limits: Limits, **options: Any) -> Any:
        given_s.append(limits.time_limit_s or 0.0)
        return solve(*given, limits=limits, **options)

    monkeypatch.setattr(type(MAZES), "solve", noting)
    plan_all(mazes(), checkpoint(), limits=Limits(time_limit_s=12.0))
    for limit_s, share_s in zip(given_s, (3.0, 4.0, 6.0, 12.0), strict=True):
        assert share_s / 2 < limit_s <= share_s, "what one leaves, the others share"


def test_no_time_at_all_is_an_answer() -> None:
    for maze, planned in zip(
        mazes(), plan_all(mazes(), checkpoint(), limits=Limits(time_limit_s=0.0), compare=True), strict=True
    ):
        assert planned.result.status is Status.UNKNOWN
        assert planned.result.bound == MAZES.heuristic(maze)(maze.initial)
        assert planned.note == "the network had no time to answer"


# What the network does not know


def test_a_size_that_it_does_not_know_is_searched_alone(caplog: pytest.LogCaptureFixture) -> None:
    other = samples(MAZES, 7, 2)
    problems = [other[0], mazes()[0], mazes()[1], other[1], mazes()[2]]
    with caplog.at_level(logging.INFO):
        planned = plan_all(problems, checkpoint())
    for problem, each in zip(problems, planned, strict=True):
        assert_closed(MAZES, problem, each)
        is_known = problem.width == SIZE
        assert (each.result.solver == NETWORK) == is_known == (each.note is None)
        assert each.note is None or "7 × 7" in each.note
    assert "7 × 7" in caplog.text
    with pytest.raises(ValueError, match="7 × 7"):
        plan(other[0], checkpoint(), guarantee="none")


def test_a_domain_that_it_does_not_know_is_searched_alone() -> None:
    (level,) = levels(1)
    (planned,) = plan_all([level], checkpoint(), domain=SOKOBAN)
    assert_closed(SOKOBAN, level, planned)
    assert planned.result.solver == "pushes"
    assert planned.note is not None
    assert "Sokoban" in planned.note
    with pytest.raises(ValueError, match="as `domain`"):
        plan(level, checkpoint())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"guarantee": "optimum"}, "Did you mean 'optimal'"),
        ({"mode": "slwo"}, "Did you mean 'slow'"),
        ({"num_samples": 0}, "num_samples"),
        ({"num_samples": 2}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": 10**6, "limits": Limits(time_limit_s=5.0)}, "max_tokens"),
        ({"batch_size": 0}, "batch_size"),
        ({"guarantee": "none", "limits": Limits(max_expansions=5)}, "max_expansions"),
    ],
)
def test_settings_without_a_sense_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        plan(mazes()[0], checkpoint(), **options)


@pytest.mark.parametrize("promised", guarantee.GUARANTEES)
def test_nothing_to_plan_is_no_plan(promised: str) -> None:
    assert plan_all([], checkpoint(), guarantee=promised) == []
    assert plan_all([], checkpoint(), guarantee=promised, limits=Limits(time_limit_s=1.0)) == []
