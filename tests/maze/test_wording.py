import numpy as np
import pytest
from hypothesis import given, settings

from planning.domain import FORMATS
from planning.maze import Maze, MazeDomain
from planning.traces import Ints, Traces
from tests.maze.mazes import mazes

GOLDEN = {
    "paper": (
        "start 0 0 goal 0 2 wall 0 1 wall 1 1",
        "0 0|0 0|1 0|1 0|2 0|2 0|2 1|2 1|2 2|2 2|1 2|1 2|0 2|0 2",
        "0 0|1 0|2 0|2 1|2 2|1 2|0 2",
    ),
    "compact": (
        "start 0,0 goal 0,2 wall 0,1 1,1",
        "0,0|0,0|1,0|1,0|2,0|2,0|2,1|2,1|2,2|2,2|1,2|1,2|0,2|0,2",
        "0,0|1,0|2,0|2,1|2,2|1,2|0,2",
    ),
}


def solved(*problems: Maze) -> Traces:
    found = [MazeDomain(maze.diagonal).search(maze) for maze in problems]
    return Traces.concatenate([searched.traces for searched in found if searched.traces], 1)


def rows(words: tuple[str, ...], tokens: Ints) -> list[str]:
    return [" ".join(words[token] for token in row if token >= 0) for row in tokens]


def prompt(domain: MazeDomain, format_name: str, maze: Maze) -> list[str]:
    wording = domain.wording(format_name, maze.width, maze.height)
    return " ".join(filter(None, rows(wording.words, wording.prompt_tokens(solved(maze))))).split()


@pytest.mark.parametrize("format_name", FORMATS)
def test_golden(format_name: str) -> None:
    domain = MazeDomain()
    traces, wording = solved(domain.read("S..\n##.\nG..")[0]), domain.wording(format_name, 3, 3)
    problem, states, plan = GOLDEN[format_name]
    assert " ".join(filter(None, rows(wording.words, wording.prompt_tokens(traces)))) == problem
    assert "|".join(rows(wording.words, wording.state_tokens(traces))) == states
    assert "|".join(rows(wording.words, wording.plan_tokens(traces))) == plan
    assert traces.kinds.tolist() == [0, 1] * 7
    assert traces.g.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]
    assert traces.h.tolist() == [2, 2, 3, 3, 4, 4, 3, 3, 2, 2, 1, 1, 0, 0]


def test_golden_terrain() -> None:
    domain = MazeDomain()
    maze = Maze(4, 1, bytes([1, 0, 128, 20]), (0, 0), (3, 0))
    assert " ".join(prompt(domain, "paper", maze)) == "start 0 0 goal 3 0 wall 1 0 terrain 3 0 2 0 terrain 2 0 1 2 8"
    same = Maze(5, 1, bytes([1, 0, 30, 20, 20]), (0, 0), (3, 0))
    assert (
        " ".join(prompt(domain, "compact", same)) == "start 0,0 goal 3,0 wall 1,0 terrain 2 0 3,0 4,0 terrain 3 0 2,0"
    )


@pytest.mark.parametrize("format_name", FORMATS)
@given(maze=mazes())
@settings(deadline=None)
def test_a_prompt_says_the_problem(format_name: str, maze: Maze) -> None:
    domain = MazeDomain(maze.diagonal)
    wording = domain.wording(format_name, maze.width, maze.height)
    codes = wording.read_prompt(prompt(domain, format_name, maze))
    assert list(codes) == list(domain.codes(maze))
    assert domain.problem(codes) == maze
    assert len(set(wording.words)) == len(wording.words)


@pytest.mark.parametrize("format_name", FORMATS)
def test_many_problems_are_written_as_each_alone(format_name: str) -> None:
    domain = MazeDomain()
    texts = ["S#.\n.#.\n..G", "S.G\n...\n...", "#2G\n#2S\n#.5", "S2G\n...\n...", "..S\n..#\nG##"]
    problems = [domain.read(text)[0] for text in texts]
    wording, traces = domain.wording(format_name, 3, 3), solved(*problems)
    tokens = wording.prompt_tokens(traces)
    for i, maze in enumerate(problems):
        own = tokens[traces.code_offsets[i] : traces.code_offsets[i + 1]]
        assert " ".join(filter(None, rows(wording.words, own))).split() == prompt(domain, format_name, maze)


@pytest.mark.parametrize("format_name", FORMATS)
def test_no_problems_are_no_words(format_name: str) -> None:
    wording, none = MazeDomain().wording(format_name, 4, 4), Traces.concatenate([], 1)
    for tokens in (wording.prompt_tokens(none), wording.state_tokens(none), wording.plan_tokens(none)):
        assert tokens.shape[0] == 0


@pytest.mark.parametrize("format_name", FORMATS)
def test_tokens_are_32_bits_and_name_words(format_name: str) -> None:
    domain = MazeDomain()
    traces = domain.draw_traces(domain.sampling(12, "terrain"), range(2), seed=1)
    wording = domain.wording(format_name, 12, 12)
    for tokens in (wording.prompt_tokens(traces), wording.state_tokens(traces), wording.plan_tokens(traces)):
        assert tokens.dtype == np.int32
        assert -1 <= tokens.min() <= tokens.max() < len(wording.words)


@pytest.mark.parametrize(
    ("width", "height", "diagonal", "message"),
    [(4, 3, False, "width 4, and there is one of width 3"), (3, 3, True, "diagonal 1, and there is one of diagonal 0")],
)
def test_other_mazes_than_the_words_are_for(width: int, height: int, diagonal: bool, message: str) -> None:
    traces = solved(MazeDomain().read("S.G\n...\n...")[0])
    with pytest.raises(ValueError, match=message):
        MazeDomain(diagonal).wording("paper", width, height).prompt_tokens(traces)


def test_an_unknown_format() -> None:
    with pytest.raises(ValueError, match=r"unknown format 'papers'\. Did you mean 'paper'"):
        MazeDomain().wording("papers", 3, 3)


@pytest.mark.parametrize(
    ("format_name", "text", "message"),
    [
        ("paper", "", "it ends, where 'start' has to be"),
        ("paper", "goal 0 0 start 1 1", "word 1 is 'goal', where 'start' has to be"),
        ("paper", "start 0 0 goal 1", "it ends, where a y from 0 to 2 has to be"),
        ("paper", "start 3 0 goal 1 1", "word 2 is '3', where an x from 0 to 2"),
        ("paper", "start 00 0 goal 1 1", "word 2 is '00', where an x"),
        ("paper", "start 0 0 goal 1 1 plan 0 0", "word 7 is 'plan', where 'wall' or 'terrain'"),
        ("paper", "start 0 0 goal 1 1 wall 0 1 0 2", "word 10 is '0', where 'wall' or 'terrain'"),
        ("paper", "start 0 0 goal 1 1 wall 0 0", "the start, 0,0, is a wall"),
        ("paper", "start 0 0 goal 1 1 wall 1 1", "the goal, 1,1, is a wall"),
        ("paper", "start 0 0 goal 1 1 wall 2 1 terrain 2 1 4", "cell 2,1 is described twice, up to word 13"),
        ("paper", "start 0 0 goal 1 1 terrain 2 1", "it ends, where the digits of a cost from 2 to 255"),
        ("paper", "start 0 0 goal 1 1 terrain 2 1 1", "word 10 is '1', where the digits"),
        ("paper", "start 0 0 goal 1 1 terrain 2 1 2 5 6", "word 10 is '2', where the digits"),
        ("paper", "start 0 0 goal 1 1 terrain 2 1 0 5", "word 10 is '0', where the digits"),
        ("compact", "start 0,0 goal", "it ends, where a cell from 0,0 to 2,2"),
        ("compact", "start 0,0 goal 0,3", "word 4 is '0,3', where a cell"),
        ("compact", "start 0,0 goal 0,2 wall", "it ends, where a cell"),
        ("compact", "start 0,0 goal 0,2 wall 1,1 1,1", "cell 1,1 is described twice"),
        ("compact", "start 0,0 goal 0,2 terrain 1,1", "word 6 is '1,1', where the digits"),
        ("compact", "start 0,0 goal 0,2 1,1", "word 5 is '1,1', where 'wall' or 'terrain'"),
    ],
)
def test_words_that_do_not_fit(format_name: str, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MazeDomain().wording(format_name, 3, 3).read_prompt(text.split())
