"""Sokoban in words: the paper's exactly, the compact ones without loss, and each against a plain loop."""

from random import Random

import numpy as np
import pytest

from planning.domain import Wording
from planning.sokoban.domain import SokobanDomain
from planning.sokoban.problem import Sokoban, State
from planning.traces import Ints, Traces
from solvers.search import Event
from tests.sokoban.drawings import drawn, random_level

DOMAIN = SokobanDomain()
SMALL = drawn("######\n#@$. #\n#  * #\n######")


def words(wording: Wording, row: Ints) -> str:
    return " ".join(wording.words[token] for token in row.ravel() if token >= 0)


def searched(level: Sokoban) -> Traces:
    traces = DOMAIN.search(level).traces
    assert traces is not None
    return traces


def cell(level: Sokoban, place: int, separator: str) -> str:
    return f"{place % level.width}{separator}{place // level.width}"


def paper_prompt(level: Sokoban) -> str:
    walls = [place for place, wall in enumerate(level.walls) if wall]
    kinds = {"worker": level.initial[:1], "box": level.initial[1:], "dock": level.docks, "wall": walls}
    return " ".join(f"{kind} {cell(level, place, ' ')}" for kind, places in kinds.items() for place in places)


def paper_state(level: Sokoban, state: State) -> str:
    loose = [box for box in state[1:] if box not in level.docks]
    return " ".join([f"worker {cell(level, state[0], ' ')}", *(f"box {cell(level, box, ' ')}" for box in loose)])


def compact_state(level: Sokoban, state: State) -> str:
    return " ".join(cell(level, place, ",") for place in state)


def mixed_levels() -> list[Sokoban]:
    """Levels of one size and one number of boxes; some boxes and the worker start on docks."""
    chance = Random(3)
    levels = (random_level(chance, max_side=5, max_boxes=2) for _ in range(1500))
    return [level for level in levels if (level.width, level.height, len(level.docks)) == (5, 4, 2)][:20]


def test_the_papers_words() -> None:
    wording, traces = DOMAIN.wording("paper", 6, 4), searched(SMALL)
    assert words(wording, wording.prompt_tokens(traces)) == (
        "worker 1 1 box 2 1 box 3 2 dock 3 1 dock 3 2 wall 0 0 wall 1 0 wall 2 0 wall 3 0 wall 4 0 wall 5 0 "
        "wall 0 1 wall 5 1 wall 0 2 wall 5 2 wall 0 3 wall 1 3 wall 2 3 wall 3 3 wall 4 3 wall 5 3"
    )
    states = wording.state_tokens(traces)
    assert words(wording, states[0]) == "worker 1 1 box 2 1", "the box on the dock is not written"
    assert words(wording, states[-1]) == "worker 2 1"
    assert [words(wording, row) for row in wording.plan_tokens(traces)] == ["1 1", "2 1"]


def test_the_compact_words() -> None:
    wording, traces = DOMAIN.wording("compact", 6, 4), searched(SMALL)
    prompt = words(wording, wording.prompt_tokens(traces))
    assert prompt.startswith("worker 1,1 box 2,1 3,2 dock 3,1 3,2 wall 0,0 1,0 2,0 ")
    assert len(prompt.split()) == 4 + 1 + 2 + 2 + 16
    states = wording.state_tokens(traces)
    assert words(wording, states[0]) == "1,1 2,1 3,2"
    assert words(wording, states[-1]) == "2,1 3,1 3,2"
    assert [words(wording, row) for row in wording.plan_tokens(traces)] == ["1,1", "2,1"]


def test_columns_of_many_levels_say_what_a_loop_says() -> None:
    levels = mixed_levels()
    traces = Traces.concatenate([searched(level) for level in levels], 3)
    assert len(levels) == 20
    assert any(set(level.docks) & set(level.initial[1:]) for level in levels)
    paper, compact = (DOMAIN.wording(name, 5, 4) for name in ("paper", "compact"))
    prompts, short = paper.prompt_tokens(traces), compact.prompt_tokens(traces)
    states, whole = paper.state_tokens(traces), compact.state_tokens(traces)
    plans = paper.plan_tokens(traces)
    for i, level in enumerate(levels):
        codes, events, plan = (slice(*offsets[i : i + 2]) for offsets in
                               (traces.code_offsets, traces.event_offsets, traces.plan_offsets))  # fmt: skip
        assert words(paper, prompts[codes]) == paper_prompt(level)
        assert list(paper.read_prompt(paper_prompt(level).split())) == DOMAIN.codes(level)
        assert list(compact.read_prompt(words(compact, short[codes]).split())) == DOMAIN.codes(level)
        for row, other, state in zip(states[events], whole[events], traces.states[events], strict=True):
            assert words(paper, row) == paper_state(level, tuple(state))
            assert words(compact, other) == compact_state(level, tuple(state))
        for row, state in zip(plans[plan], traces.plans[plan], strict=True):
            assert words(paper, row) == cell(level, state[0], " ")


def test_compact_states_tell_states_apart_and_the_papers_do_not() -> None:
    """With a box on one dock of two, the paper's words do not say on which."""
    level = drawn("#######\n#@ $ $#\n# . . #\n#     #\n#######")
    here, there = (1 + 7 * 3, 2 + 7 * 2, 3 + 7 * 3), (1 + 7 * 3, 3 + 7 * 3, 4 + 7 * 2)
    events = [Event(0, state, 0, 0) for state in (here, there)]
    traces = Traces.of(DOMAIN.codes(level), [], None, events, 3)
    paper, compact = (DOMAIN.wording(name, 7, 5) for name in ("paper", "compact"))
    assert words(paper, paper.state_tokens(traces)[0]) == words(paper, paper.state_tokens(traces)[1])
    assert words(compact, compact.state_tokens(traces)[0]) != words(compact, compact.state_tokens(traces)[1])


def test_no_searches_and_no_boxes_have_no_words() -> None:
    for name in ("paper", "compact"):
        wording = DOMAIN.wording(name, 7, 7)
        none = Traces.concatenate([], 3)
        for tokens in (wording.prompt_tokens(none), wording.state_tokens(none), wording.plan_tokens(none)):
            assert tokens.shape[0] == 0
        empty = drawn("###\n#@#\n###")
        wording, traces = DOMAIN.wording(name, 3, 3), searched(empty)
        prompt = words(wording, wording.prompt_tokens(traces)).split()
        assert list(wording.read_prompt(prompt)) == DOMAIN.codes(empty)
        assert len(wording.state_tokens(traces)) == 2


def test_words_are_those_of_a_size() -> None:
    assert DOMAIN.wording("paper", 7, 9).words == ("worker", "box", "dock", "wall", *"012345678")
    assert len(DOMAIN.wording("compact", 7, 9).words) == 4 + 63
    with pytest.raises(ValueError, match="levels of 4 × 6 cells, not 6 × 4"):
        DOMAIN.wording("paper", 4, 6).state_tokens(searched(SMALL))
    with pytest.raises(ValueError, match="Did you mean 'paper'"):
        DOMAIN.wording("papr", 7, 7)


def test_things_of_a_prompt_may_come_in_any_order() -> None:
    wording = DOMAIN.wording("paper", 6, 4)
    clauses = [paper_prompt(SMALL).split()[at : at + 3] for at in range(0, 63, 3)]
    Random(1).shuffle(clauses)
    assert list(wording.read_prompt([word for clause in clauses for word in clause])) == DOMAIN.codes(SMALL)


@pytest.mark.parametrize(
    ("format_name", "prompt", "message"),
    [
        ("paper", "worker 0 0 box 1 0", "1 boxes and 0 docks"),
        ("paper", "worker 0 0 box 1 0 box 1 0 dock 1 1 dock 2 1", "two things of the kind 'box' at 1 0"),
        ("paper", "worker 0 0 worker 1 0", "one worker, not 2"),
        ("paper", "", "one worker, not 0"),
        ("paper", "worker 0 0 bix 1 0", "unknown word 'bix'. Did you mean 'box'"),
        ("paper", "worker 0 0 box 1", "'box 1', is not complete"),
        ("paper", "worker 0 box 1 0", "y in 'worker 0 box' is a number from 0 to 3, not 'box'"),
        ("paper", "worker 6 0", "x in 'worker 6 0' is a number from 0 to 5, not '6'"),
        ("paper", "worker 0 4", "from 0 to 3, not '4'"),
        ("paper", "worker 00 0", "not '00'"),
        ("paper", "worker 0 0 wall 0 0", "worker is in a wall"),
        ("paper", "worker 0 0 box 0 0 dock 1 1", "both in cell 0"),
        ("paper", "worker 0 0 c1", "unknown word 'c1'"),
        ("compact", "0,0 worker", "the first word is a kind"),
        ("compact", "worker 0,0 box 6,0", "unknown word '6,0'"),
        ("compact", "worker 0,0 1,1", "one worker, not 2"),
        ("compact", "worker 0,0 box 1,1 dock 2,2 2,2", "two things of the kind 'dock' at 2 2"),
        ("compact", "worker 0,0 bos", "unknown word 'bos'"),
    ],
)
def test_a_prompt_that_makes_no_sense_is_refused(format_name: str, prompt: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DOMAIN.wording(format_name, 6, 4).read_prompt(prompt.split())


def test_tokens_are_whole_numbers_of_32_bits() -> None:
    traces = searched(SMALL)
    for name in ("paper", "compact"):
        wording = DOMAIN.wording(name, 6, 4)
        for tokens in (wording.prompt_tokens(traces), wording.state_tokens(traces), wording.plan_tokens(traces)):
            assert tokens.dtype == np.int32
            assert tokens.max() < len(wording.words)
