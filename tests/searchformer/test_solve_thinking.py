"""What is read of a network's thinking: all that A* wrote, and of a changed trace what comes before the change."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.decoding import read_trace
from data.tokens import PLAN, TokenFormat, format_for
from planning.domains import DOMAINS
from planning.scene import Scene
from planning.traces import Traces
from searchformer.answer_words import Answered, answer_object, answer_words
from searchformer.dropping import DroppedTargets, mix_named
from searchformer.planner import Answer
from searchformer.thinking import as_traces, thinking_in
from solvers.result import Result, Status
from solvers.search import Event, Path

MAZES = DOMAINS["maze"]
DRAWN = MAZES.draw_traces(MAZES.sampling(5), range(80), seed=11)
WORDS = TokenFormat(MAZES, "compact", 5, 5, 40)


def maze(i: int) -> Any:
    return MAZES.problem(DRAWN.codes[DRAWN.code_offsets[i] : DRAWN.code_offsets[i + 1]].tolist())


def events(i: int) -> list[Event]:
    rows = range(DRAWN.event_offsets[i], DRAWN.event_offsets[i + 1])
    return [Event(int(DRAWN.kinds[r]), tuple(DRAWN.states[r]), int(DRAWN.g[r]), int(DRAWN.h[r])) for r in rows]


@pytest.mark.parametrize("i", range(4))
def test_all_that_a_search_wrote_holds(i: int) -> None:
    words = WORDS.target_words(DRAWN, i)
    thinking = thinking_in(WORDS, maze(i), words)
    assert thinking.broken is None
    assert list(thinking.events) == events(i)
    assert thinking.num_valid == len(thinking.clauses) == len(events(i))
    assert [word for clause in thinking.clauses for word in clause] == words[1 : words.index("plan")]
    assert thinking_in(WORDS, maze(i), words[1:]) == thinking


def test_a_plan_alone_is_no_thinking() -> None:
    for words in ((), ("bos",), ("bos", "eos"), ("bos", "plan", "0,0", "eos"), ("eos",)):
        thinking = thinking_in(WORDS, maze(0), words)
        assert (thinking.clauses, thinking.events, thinking.broken) == ((), (), None)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_of_a_changed_trace_what_comes_first_holds(data: st.DataObject) -> None:
    """Against reading every prefix, one clause after the other."""
    i = data.draw(st.integers(0, 9))
    words = WORDS.target_words(DRAWN, i)
    last = words.index("plan")
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.integers(1, last - 1))
        words[place : place + data.draw(st.integers(0, 2))] = data.draw(
            st.lists(st.sampled_from(WORDS.words[3:]), max_size=2)
        )
    thinking = thinking_in(WORDS, maze(i), words)
    prefix: list[str] = ["bos"]
    num_valid = 0
    for clause in thinking.clauses:
        prefix += clause
        if read_trace(WORDS, maze(i), prefix).violations:
            break
        num_valid += 1
    assert thinking.num_valid == num_valid
    assert (thinking.broken is None) == (num_valid == len(thinking.clauses))
    if thinking.broken:
        assert f"event {num_valid + 1}:" in thinking.broken
    for event, clause in zip(thinking.events, thinking.clauses, strict=False):
        cell = f"{event.state[0] % 5},{event.state[0] // 5}"
        assert clause == (["create", "close"][event.kind], cell, f"c{event.g}", f"c{event.h}")


def test_a_picture_shows_the_thinking_in_its_order() -> None:
    thinking = thinking_in(WORDS, maze(0), WORDS.target_words(DRAWN, 0))
    searched = MAZES.search(maze(0)).result
    assert searched.solution is not None
    shown = as_traces(WORDS, maze(0), thinking, searched)
    wanted = DRAWN.select(np.array([0]))
    for name in ("codes", "plans", "costs", "kinds", "states", "g", "h", "event_offsets", "plan_offsets"):
        assert getattr(shown, name).tolist() == getattr(wanted, name).tolist(), name
    scene = Scene.of(MAZES, shown)
    assert (scene.cost, scene.num_closed) == (searched.cost, int((wanted.kinds == 1).sum()))


def test_without_a_plan_a_picture_shows_the_thinking_alone() -> None:
    nothing: Result[Path[Any, Any]] = Result(Status.UNKNOWN, "searchformer")
    thinking = thinking_in(WORDS, maze(1), WORDS.target_words(DRAWN, 1)[:21])
    shown = as_traces(WORDS, maze(1), thinking, nothing)
    assert (len(shown), shown.costs.tolist(), len(shown.plans)) == (1, [-1], 0)
    assert len(shown.kinds) == 5
    assert Scene.of(MAZES, shown).states == [maze(1).start]
    assert isinstance(as_traces(WORDS, maze(1), thinking_in(WORDS, maze(1), ()), nothing), Traces)


def test_where_states_are_written_alike_one_stands_for_all() -> None:
    """In the paper's words of Sokoban, a box on a dock is not to be seen."""
    domain = DOMAINS["sokoban"]
    (level,) = domain.read("######\n#    #\n#@$*.#\n# $  #\n#  . #\n######\n")
    traces = domain.search(level).traces
    assert traces is not None
    words = format_for(domain, level, "paper", 60)
    thinking = thinking_in(words, level, words.target_words(traces, 0))
    assert thinking.broken is None
    assert thinking.num_valid == len(traces.kinds)
    assert all(len(event.state) == traces.states.shape[1] for event in thinking.events)
    assert [event.state[0] for event in thinking.events] == traces.states[:, 0].tolist(), "the worker is always written"


@pytest.mark.parametrize(("level", "form"), [("L1", "without_close"), ("L2", "without_costs"), ("L3", "without_costs")])
def test_what_was_learned_with_parts_left_out_is_no_broken_search(level: str, form: str) -> None:
    """It is shown as it was written, and neither held against A* nor drawn."""
    tokens = WORDS.encode(DRAWN)
    (target,) = DroppedTargets(tokens, WORDS, mix_named(level), 0).of([1], 0)
    thinking = thinking_in(WORDS, maze(1), WORDS.text(target))
    assert (thinking.form, thinking.events, thinking.broken) == (form, (), None)
    assert [word for clause in thinking.clauses for word in clause] == WORDS.text(
        target[1 : target.tolist().index(PLAN)]
    )
    unsolved = Answer(Result(Status.UNKNOWN, "searchformer", stats={"tokens": 9, "samples": 1, "valid": 0}), ())
    answered = Answered(0, maze(1), unsolved, thinking, "slow", 1.0)
    said = answer_words(MAZES, answered, with_clauses=True)
    assert f"clauses, {form.replace('_', ' ')}: not held against A*" in said
    assert said.count("create ") == len(thinking.clauses)
    told = answer_object(answered, with_clauses=False)["thinking"]
    assert (told["form"], told["num_valid"], told["num_clauses"]) == (form, None, len(thinking.clauses))
