"""The benchmark of guaranteed planning: its lies are lies, what it calls right is right, and it runs."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks import guarantee
from benchmarks.lies import ALL, LIES, Liar
from data.decoding import read_plan
from data.tokens import CONTROL, EOS, TokenFormat
from planning.domain import Domain
from planning.domains import DOMAINS
from planning.traces import Traces
from searchformer.checkpoint import save
from searchformer.generation import Prompt
from searchformer.guarantee import Planned
from solvers.result import Result, Status
from solvers.search import Path as PlanPath
from tests.searchformer.overfitted import checkpoint

SIZES = {"maze": 6, "sokoban": 6}


@pytest.mark.parametrize("name", SIZES)
def test_lies_are_no_optimal_plans_and_a_detour_is_a_plan(name: str) -> None:
    domain = DOMAINS[name]
    words = TokenFormat(domain, "compact", SIZES[name], SIZES[name], 100)
    task = guarantee.task_of(domain, SIZES[name], 20)
    liar = Liar(words)
    for problem, cost in zip(task.problems, task.costs, strict=True):
        for lie in ALL:
            told, finished = liar.lie(lie, prompt_of(domain, words, problem))
            _, verdict = read_plan(words, problem, [*words.text(told), *([CONTROL[EOS]] if finished else [])])
            if lie == "detour":
                assert (verdict.valid, verdict.cost) == (True, cost + 2)
            elif lie == "through walls" and verdict.valid:
                assert verdict.cost == cost == domain.heuristic(problem)(problem.initial)
            else:
                assert not verdict.valid, lie


def prompt_of(domain: Domain[Any, Any], words: TokenFormat, problem: Any) -> Prompt:
    traces = Traces.of(domain.codes(problem), (), None, (), domain.state_width(problem))
    return Prompt(words.encode(traces).prompts)


def test_a_prompt_gets_each_lie_in_turn_and_no_more_tokens_than_it_may() -> None:
    words = TokenFormat(DOMAINS["maze"], "compact", 6, 6, 100)
    (problem,) = guarantee.task_of(DOMAINS["maze"], 6, 1).problems
    prompts = [prompt_of(DOMAINS["maze"], words, problem)] * (len(ALL) + 1)
    noted: list[int] = []
    answers = Liar(words)(None, prompts, max_tokens=9, on_answer=lambda number, _: noted.append(number))
    assert noted == list(range(len(ALL) + 1))
    assert answers[0].tokens.tolist() == answers[-1].tokens.tolist()
    assert all(len(answer.tokens) + answer.finished <= 9 for answer in answers)
    assert len({tuple(answer.tokens.tolist()) for answer in answers}) >= len(LIES) - 1


def test_what_is_right_is_optimal_said_and_replayed() -> None:
    domain = DOMAINS["maze"]
    task = guarantee.task_of(domain, 6, 1)
    (problem,), (cost,) = task.problems, task.costs
    good: Result[PlanPath[Any, Any]] = domain.solve(problem)
    assert good.solution is not None
    assert guarantee.is_right(problem, Planned(good, None), cost)
    wrong = [
        replace(good, status=Status.FEASIBLE),
        replace(good, cost=cost - 1, bound=cost - 1),
        replace(good, solution=replace(good.solution, actions=good.solution.actions[:-1])),
        Result(Status.UNKNOWN, "search"),
    ]
    assert not any(guarantee.is_right(problem, Planned(each, None), cost) for each in wrong)
    assert not guarantee.is_right(problem, Planned(good, None), cost - 1)


def test_the_problems_are_the_ones_that_are_asked_for() -> None:
    assert (guarantee.NUM_PROBLEMS, guarantee.NUM_PROBLEMS // guarantee.SHARE_OF_LEVELS) == (10_000, 1_000)
    task = guarantee.task_of(DOMAINS["sokoban"], 6, 30)
    assert len(task.problems) == len(task.costs) == 30
    assert task.expansions > 0


def test_a_smoke_prints_a_table_and_writes_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known, report, threads = checkpoint(), tmp_path / "report.json", torch.get_num_threads()
    save(tmp_path / "best", known.network, known.token_format, known.facts)
    arguments = ["--smoke", "--checkpoint", str(tmp_path / "best"), "--report", str(report)]
    assert guarantee.main(arguments) == 0
    assert torch.get_num_threads() == threads
    output = capsys.readouterr().out
    rows = json.loads(report.read_text(encoding="utf-8"))["rows"]
    networks = [(row["domain"], row["network"]) for row in rows]
    both = [(name, who) for name in ("maze", "sokoban") for who in ("untrained", "lying")]
    assert networks == [("maze", "trained"), *both]
    assert all(f"| {domain} | {who} | " in output for domain, who in networks)
    assert all(row["optimal_and_verified"] == 1 and row["expansions"] <= row["plain_expansions"] for row in rows)
    assert all(row["seconds"] > 0 and row["tokens"] > 0 for row in rows)


def test_one_domain_can_be_had_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarantee.main(["--smoke", "--domain", "sokoban"]) == 0
    output = capsys.readouterr().out
    assert "| sokoban | lying | " in output
    assert "| maze | " not in output


def test_what_cannot_be_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = checkpoint()
    save(tmp_path / "best", known.network, known.token_format, known.facts)
    for arguments, words in (
        (["--problems", "0"], "from 1"),
        (["--checkpoint", str(tmp_path / "none")], "no checkpoint"),
        (["--sokoban-checkpoint", str(tmp_path / "best")], "is a network for maze, not for sokoban"),
        (["--report", str(tmp_path / "none" / "a.json")], "cannot be written"),
    ):
        with pytest.raises(SystemExit) as stop:
            guarantee.main(arguments)
        assert stop.value.code == 2
        assert words in capsys.readouterr().err
