"""What the planner must be: nothing unverified is a solution, what is verified is the best of what was written."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.tokens import BOS, EOS, TokenFormat, format_for
from planning.domain import FORMATS
from planning.domains import DOMAINS
from planning.maze.problem import Maze
from planning.tiles import TilesProblem
from searchformer import planner
from searchformer.checkpoint import Checkpoint
from searchformer.choice import Choice
from searchformer.generation import Generated, Prompt
from searchformer.planner import FORCED, answer_all, solve, solve_many
from solvers.chance import derive
from solvers.result import Status
from solvers.search import Limits
from solvers.verifier import verify
from tests.searchformer.overfitted import MAZES, checkpoint, mazes, small_network, token_format, traces

WARM = Choice(1.0)


def untrained(words: TokenFormat, seed: int = 0, **options: Any) -> Checkpoint:
    return Checkpoint(small_network(len(words.words), seed, **options).eval(), words, {})


def targets() -> list[list[str]]:
    return [token_format().target_words(traces(), i) for i in range(len(traces()))]


class Written:
    """Stands for the network: gives the words of a list, one after the other, to whoever asks."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: Sequence[str]) -> None:
        self.answers, self.prompts = answers, list[Prompt]()
        self.settings: dict[str, Any] = {}
        monkeypatch.setattr(planner, "generate", self.generate)

    def generate(self, _network: Any, prompts: Sequence[Prompt], on_answer: Any, **settings: Any) -> None:
        self.prompts, self.settings = list(prompts), settings
        for number, words in enumerate(self.answers[: len(prompts)]):
            finished = words[-1] == "eos"
            tokens = token_format().ids(words[1 : len(words) - finished])
            on_answer(number, Generated(tokens, finished))


@pytest.mark.parametrize("mode", FORCED)
def test_a_network_that_knows_its_mazes_solves_them(mode: str) -> None:
    results = solve_many(mazes(), checkpoint(), mode=mode)
    estimates = traces().h[traces().event_offsets[:-1]].tolist()
    for maze, result, cost, estimate in zip(mazes(), results, traces().costs.tolist(), estimates, strict=True):
        assert result.solution is not None
        assert verify(maze, result.solution.actions).valid
        assert (result.solution.states[0], result.solution.states[-1]) == (maze.start, maze.goal)
        assert (result.cost, result.bound, result.solver) == (cost, estimate, "searchformer")
        assert result.status is (Status.OPTIMAL if cost == estimate else Status.FEASIBLE)
    assert {result.status for result in results} == {Status.OPTIMAL, Status.FEASIBLE}, "no proof, no OPTIMAL"


def test_slow_thinks_and_fast_does_not() -> None:
    slow, fast = (answer_all(mazes()[:1], checkpoint(), mode=mode)[0].samples[0].words for mode in ("slow", "fast"))
    assert list(slow) == targets()[0]
    assert list(fast) == ["bos", *targets()[0][targets()[0].index("plan") :]]


def test_counters_are_of_all_samples() -> None:
    (answer,) = answer_all(mazes()[2:3], checkpoint(), num_samples=6, choice=WARM)
    stats = answer.result.stats
    assert stats["samples"] == len(answer.samples) == 6
    assert stats["tokens"] == sum(len(sample.words) - 1 for sample in answer.samples)
    assert stats["valid"] == sum(sample.verdict.valid for sample in answer.samples)
    assert answer.result.seconds > 0


def test_what_a_problem_gets_depends_on_no_other() -> None:
    together = answer_all(mazes(), checkpoint(), num_samples=3, choice=WARM, seed=5)
    for maze, answer in zip(mazes(), together, strict=True):
        (alone,) = answer_all([maze], checkpoint(), num_samples=3, choice=WARM, seed=5)
        assert alone.samples == answer.samples
        (fewer,) = answer_all([maze], checkpoint(), num_samples=2, choice=WARM, seed=5, batch_size=1)
        assert fewer.samples == answer.samples[:2]
        (other,) = answer_all([maze], checkpoint(), num_samples=3, choice=Choice(3.0), seed=6)
        assert other.samples != answer.samples
    assert len({answer.samples[0].words for answer in together}) == len(mazes())


def test_each_sample_has_its_seed_and_all_settings_arrive(monkeypatch: pytest.MonkeyPatch) -> None:
    written = Written(monkeypatch, *[targets()[0]] * 4)
    answer_all(mazes()[:2], checkpoint(), mode="auto", num_samples=2, choice=WARM, seed=9, max_tokens=50, batch_size=3)
    assert [prompt.seed for prompt in written.prompts] == [derive(9, 0), derive(9, 1)] * 2
    assert all(prompt.forced == () for prompt in written.prompts)
    wanted = {"bos": BOS, "eos": EOS, "max_tokens": 50, "choice": WARM, "batch_size": 3}
    assert written.settings == wanted
    expected = token_format().encode(traces()).prompts[: len(written.prompts[0].tokens)]
    np.testing.assert_array_equal(written.prompts[0].tokens, expected)


def in_cells(words: Sequence[str]) -> list[tuple[int, int]] | None:
    """Return the cells of a plan, or None where the words behind the first `plan` are not `(plan x,y)+ eos`."""
    if "plan" not in words or words.count("eos") != 1 or words[-1] != "eos":
        return None
    body = words[words.index("plan") : -1]
    if len(body) % 2 or any((word == "plan") != (place % 2 == 0) for place, word in enumerate(body)):
        return None
    if not all("," in word for word in body[1::2]):
        return None
    return [(int(word[0]), int(word[2])) for word in body[1::2]]


def is_way(maze: Maze, cells: list[tuple[int, int]] | None) -> bool:
    """Tell whether cells lead from start to goal: the rules once more, in two lines."""
    if not cells or cells[0] != maze.start or cells[-1] != maze.goal:
        return False
    steps = pairwise(cells)
    return all(maze.is_free(*cell) for cell in cells) and all(abs(a - c) + abs(b - d) == 1 for (a, b), (c, d) in steps)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_plan_is_returned_exactly_if_it_is_a_way(monkeypatch: pytest.MonkeyPatch, data: st.DataObject) -> None:
    """Of targets with words changed, left out and put in, against rules that know nothing of the reader."""
    i = data.draw(st.integers(0, len(mazes()) - 1))
    words = list(targets()[i])
    for _ in range(data.draw(st.integers(0, 2))):
        place = data.draw(st.integers(max(1, words.index("plan") if "plan" in words else 1), len(words)))
        new = data.draw(st.lists(st.sampled_from(token_format().words[1:]), max_size=2))
        words[place : place + data.draw(st.integers(0, 2))] = new
    words = words[: words.index("eos") + 1] if "eos" in words else words
    Written(monkeypatch, words)
    (answer,) = answer_all([mazes()[i]], checkpoint())
    cells = in_cells(words)
    assert (answer.result.solution is not None) == is_way(mazes()[i], cells)
    assert (answer.reason is None) == (answer.result.solution is not None)
    if answer.result.solution is None:
        assert (answer.result.status, answer.result.stats["valid"]) == (Status.UNKNOWN, 0)
        assert not answer.samples[0].verdict.valid
    else:
        assert list(answer.result.solution.states) == cells
        assert answer.result.cost == len(answer.result.solution.actions)


def test_the_cheapest_counts_and_then_the_shortest(monkeypatch: pytest.MonkeyPatch) -> None:
    best = targets()[2]
    first = best.index("plan")
    plan, thinking = best[first:-1], best[1:first]
    detour = [*plan[:2], *plan[2:4], *plan[:2], *plan[2:]]
    wrong = ["bos", *plan[2:], "eos"]
    answers = [
        wrong,
        ["bos", *detour, "eos"],
        best,
        ["bos", *thinking[:5], *plan, "eos"],
        ["bos", *thinking[5:10], *plan, "eos"],
        ["bos", *plan],
    ]
    Written(monkeypatch, *answers)
    (answer,) = answer_all(mazes()[2:3], checkpoint(), num_samples=len(answers), choice=WARM)
    assert [sample.verdict.cost for sample in answer.samples[1:5]] == [7, 5, 5, 5]
    assert answer.chosen is answer.samples[3], "of equal ones the first; without eos, none"
    assert (answer.result.cost, answer.result.stats["valid"], answer.reason) == (5, 4, None)
    assert answer.result.solution == answer.samples[3].path


def test_why_there_is_no_plan_can_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    Written(monkeypatch, targets()[1], ["bos", "eos"])
    (answer,) = answer_all(mazes()[2:3], checkpoint(), num_samples=2, choice=WARM)
    assert answer.result.status is Status.UNKNOWN
    assert (answer.result.solution, answer.result.cost, answer.result.bound) == (None, None, 3)
    assert answer.reason is not None
    assert answer.reason.startswith(("step: step", "goal: the plan ends"))
    assert answer.chosen is answer.samples[0]


TEXTS = {
    "maze": "..S\n#9.\nG..\n",
    "octile": "..S\n#9.\nG..\n",
    "sokoban": "#####\n#   #\n#@$.#\n#####\n\n#####\n#.  #\n#@$ #\n#####\n",
    "tiles": "1 2 0\n3 4 5\n6 7 8\n",
}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("domain_name", DOMAINS)
def test_every_domain_can_be_answered(domain_name: str, name: str) -> None:
    """A network that knows nothing answers anything, and nothing of that is a solution."""
    domain = DOMAINS[domain_name]
    problems = domain.read(TEXTS[domain_name])
    for options in ({}, {"num_encoder_layers": 0}):
        words = format_for(domain, problems[0], name, 50)
        network = untrained(words, max_positions=100, **options)
        for mode in FORCED:
            for result in solve_many(problems, network, mode=mode, num_samples=3, choice=WARM):
                assert result.status is Status.UNKNOWN
                assert (result.bound or 0) >= 0
                assert result.stats["valid"] == 0


def test_a_dead_end_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    written = Written(monkeypatch)
    domain = DOMAINS["sokoban"]
    (stuck,) = domain.read("#####\n#$ .#\n# @ #\n#####\n")
    (answer,) = answer_all([stuck], untrained(format_for(domain, stuck, "paper", 50)))
    assert (answer.result.status, answer.samples, answer.chosen) == (Status.INFEASIBLE, (), None)
    assert answer.reason == "there is no plan: the network was not asked"
    assert written.prompts == []


def test_a_start_in_the_goal_is_optimal_without_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    Written(monkeypatch, ["bos", "plan", "1,1", "eos"])
    result = solve(Maze(4, 4, b"\1" * 16, (1, 1), (1, 1)), checkpoint(), mode="fast")
    assert result.solution is not None
    assert (result.status, result.cost, result.solution.actions) == (Status.OPTIMAL, 0, ())


def test_no_problem_at_all_is_no_answer() -> None:
    assert solve_many([], checkpoint()) == []


def test_the_time_limit_keeps_what_has_come(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = Limits(time_limit_s=1e-9)
    answers = answer_all(mazes(), checkpoint(), limits=limits, batch_size=1)
    assert [answer.result.solution is not None for answer in answers] == [True, False, False, False]
    assert answers[1].reason == "the time was over: the network was not asked"
    assert answers[1].result.status is Status.UNKNOWN
    results = solve_many(mazes(), checkpoint(), limits=Limits(time_limit_s=3600))
    assert all(result.solution for result in results)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"mode": "slwo"}, r"unknown mode 'slwo'. Did you mean 'slow'"),
    ({"num_samples": 0}, r"num_samples must be at least 1, not 0"),
    ({"num_samples": 4}, r"4 greedy samples are all the same: take one, or a temperature"),
    ({"max_tokens": 129}, r"max_tokens must be from 1 to 128, this checkpoint's context, not 129"),
    ({"max_tokens": 0}, r"max_tokens must be from 1"),
    ({"limits": Limits(max_expansions=5)}, r"expands no states: limit it by max_tokens or time_limit_s"),
]


@pytest.mark.parametrize(("settings", "message"), WRONG)
def test_settings_without_a_sense_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        solve(mazes()[0], checkpoint(), **settings)


def test_a_network_that_cannot_think_is_not_asked_to() -> None:
    plans_alone = Checkpoint(checkpoint().network, token_format(), {"mode": "plan"})
    with pytest.raises(ValueError, match="trained on plans alone, and cannot think: take mode 'fast'"):
        solve(mazes()[0], plans_alone)
    assert solve(mazes()[0], plans_alone, mode="fast").solution


def test_a_problem_of_another_kind_is_refused() -> None:
    larger = MAZES.draw_traces(MAZES.sampling(5), range(30), seed=1)
    problem = MAZES.problem(larger.codes[: larger.code_offsets[1]].tolist())
    with pytest.raises(
        ValueError, match=r"^this checkpoint is for problems of 4 × 4 cells, and this one has 5 × 5: take"
    ):
        solve(problem, checkpoint())
    with pytest.raises(ValueError, match=r"^problem 1: this checkpoint is for problems of 4 × 4"):
        solve_many([mazes()[0], problem], checkpoint())
    for foreign in (TilesProblem(2, (1, 0, 2, 3)), 7):
        with pytest.raises(ValueError, match=r"is no problem of the domain 'maze', which this checkpoint is for"):
            solve(foreign, checkpoint())
    diagonal = Maze(4, 4, b"\1" * 16, (0, 0), (1, 1), diagonal=True)
    with pytest.raises(ValueError, match=r"is for the domain 'maze', which has no such problem: .* eight neighbours"):
        solve(diagonal, checkpoint())


def test_a_prompt_that_is_too_long_is_refused_by_how_much() -> None:
    short = untrained(token_format(), max_positions=8)
    with pytest.raises(
        ValueError, match=r"the prompt has 11 tokens, 3 more than this checkpoint's context of 8: take a"
    ):
        solve(mazes()[0], short)
