"""What tokens must be: the same as writing event by event, the paper's words, and refused where impossible."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.tokens import CONTROL, MAX_WORDS, TokenFormat, Tokens, format_for, format_from
from planning.domain import FORMATS, Domain
from planning.domains import DOMAINS
from planning.maze.domain import MazeDomain
from planning.maze.problem import Maze
from planning.sokoban.domain import SokobanDomain
from planning.sokoban.problem import Sokoban
from planning.tiles import TilesDomain, TilesProblem
from planning.traces import Traces
from tests.data.test_tokens_graphs import Graph, GraphDomain

GRAPHS = GraphDomain()
ALL_DOMAINS: dict[str, Domain[Any, Any]] = {**DOMAINS, "graph": GRAPHS}
COSTS = 20_000  # tiles and mazes stay far below; 1,000,000 a step among eight neighbours has no words
SIZES = {"sokoban": 6, "graph": 6}
WORDED = sorted(name for name in ALL_DOMAINS if name != "octile")


def draw(domain: Domain[Any, Any], seed: int, num: int = 3, random_ties: bool = False) -> tuple[Traces, int]:
    """Return a few traces of the least size that is interesting, and that size."""
    size = SIZES.get(domain.name, 3)
    options = {"moves": 8} if "moves" in domain.options else {}
    sampling = domain.sampling(size, None, options)
    return domain.draw_traces(sampling, range(num), seed=seed, random_ties=random_ties), size


def format_of_all(domain: Domain[Any, Any], traces: Traces, name: str, size: int) -> TokenFormat:
    """Return the format for these traces; for none, one of the size."""
    if not len(traces):
        return TokenFormat(domain, name, size, size, COSTS)
    return format_for(domain, problem_of(domain, traces, 0), name, COSTS)


def problem_of(domain: Domain[Any, Any], traces: Traces, i: int) -> Any:
    return domain.problem(traces.codes[traces.code_offsets[i] : traces.code_offsets[i + 1]].tolist())


def written_one_by_one(token_format: TokenFormat, traces: Traces) -> list[tuple[list[str], list[str], list[str]]]:
    """Return prompts, traces and plans as words: the plain version of `encode`."""
    wording = token_format.wording
    prompts, states, plans = wording.prompt_tokens(traces), wording.state_tokens(traces), wording.plan_tokens(traces)
    written = []
    for i in range(len(traces)):
        prompt, trace, plan = ["bos"], [], []
        for code in range(traces.code_offsets[i], traces.code_offsets[i + 1]):
            prompt += [wording.words[token] for token in prompts[code] if token >= 0]
        for event in range(traces.event_offsets[i], traces.event_offsets[i + 1]):
            trace.append(["create", "close"][traces.kinds[event]])
            trace += [wording.words[token] for token in states[event] if token >= 0]
            trace += [f"c{traces.g[event]}", f"c{traces.h[event]}"]
        for state in range(traces.plan_offsets[i], traces.plan_offsets[i + 1]):
            plan += ["plan", *(wording.words[token] for token in plans[state] if token >= 0)]
        written.append(([*prompt, "eos"], trace, plan))
    return written


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("domain_name", WORDED)
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**64 - 1))
def test_encoding_is_writing_event_by_event(domain_name: str, name: str, seed: int) -> None:
    domain = ALL_DOMAINS[domain_name]
    traces, size = draw(domain, seed)
    token_format = format_of_all(domain, traces, name, size)
    tokens = token_format.encode(traces)
    expected = written_one_by_one(token_format, traces) if len(traces) else []
    assert [tuple(token_format.text(part) for part in tokens[i]) for i in range(len(tokens))] == expected
    for i, (prompt, trace, plan) in enumerate(expected):
        assert token_format.prompt_words(traces, i) == prompt
        assert token_format.target_words(traces, i) == ["bos", *trace, *plan, "eos"]
        assert token_format.text(token_format.ids(prompt)) == prompt


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("domain_name", WORDED)
def test_columns_are_packed_16_bit_numbers(domain_name: str, name: str) -> None:
    domain = ALL_DOMAINS[domain_name]
    traces, size = draw(domain, 7, num=8)
    assert len(traces) > 1
    token_format = format_of_all(domain, traces, name, size)
    tokens = token_format.encode(traces)
    assert len(tokens) == len(traces)
    assert tokens.num_tokens == sum(len(part) for i in range(len(tokens)) for part in tokens[i])
    for column, offsets in (
        (tokens.prompts, tokens.prompt_offsets),
        (tokens.traces, tokens.trace_offsets),
        (tokens.plans, tokens.plan_offsets),
    ):
        assert column.dtype == np.dtype(np.uint16)
        assert offsets.dtype == np.dtype(np.int64)
        assert (offsets[0], offsets[-1], len(offsets)) == (0, len(column), len(traces) + 1)
        assert column.min() > 0, "pad is 0 and never within a sequence"
        assert column.flags.c_contiguous
    assert not np.isin(tokens.traces, [1, 2, 5]).any(), "no bos, eos or plan in a trace"
    assert not np.isin(tokens.plans, range(1, 5)).any(), "no bos, eos, create or close in a plan"


@given(st.integers(0, 2**64 - 1), st.lists(st.integers(0, 4), max_size=6))
@settings(max_examples=50, deadline=None)
def test_a_selection_is_encoded_as_its_parts(seed: int, chosen: list[int]) -> None:
    traces, size = draw(GRAPHS, seed, num=40)
    token_format = format_of_all(GRAPHS, traces, "paper", size)
    whole = token_format.encode(traces)
    chosen = [i for i in chosen if i < len(traces)]
    part = token_format.encode(traces.select(np.array(chosen, np.int64)))
    assert len(part) == len(chosen)
    for place, i in enumerate(chosen):
        for one, other in zip(part[place], whole[i], strict=True):
            np.testing.assert_array_equal(one, other)


def test_the_vocabulary_has_a_fixed_order() -> None:
    token_format = TokenFormat(TilesDomain(), "compact", 2, 2, 3)
    expected = "pad bos eos create close plan c0 c1 c2 c3 0 1 2 3"
    assert " ".join(token_format.words) == expected
    assert [token_format.places[word] for word in expected.split()] == list(range(14))


def test_tiles_golden() -> None:
    domain = TilesDomain()
    traces = domain.search(TilesProblem(2, (1, 0, 2, 3))).traces
    assert traces is not None
    token_format = TokenFormat(domain, "paper", 2, 2, 5)
    assert " ".join(token_format.prompt_words(traces, 0)) == "bos 1 0 2 3 eos"
    assert " ".join(token_format.target_words(traces, 0)) == (
        "bos create 1 0 2 3 c0 c1 close 1 0 2 3 c0 c1 create 1 3 2 0 c1 c2 create 0 1 2 3 c1 c0 "
        "close 0 1 2 3 c1 c0 plan 1 plan 0 eos"
    )


def test_the_maze_of_the_paper() -> None:
    """Walls (0,1) (1,1), from (0,0) to (0,2): the tokens that the published code was seen to write."""
    domain = MazeDomain()
    maze = Maze(3, 3, bytes([1, 1, 1, 0, 0, 1, 1, 1, 1]), (0, 0), (0, 2))
    traces = domain.search(maze).traces
    assert traces is not None
    token_format = format_for(domain, maze, "paper", 6)
    assert " ".join(token_format.prompt_words(traces, 0)) == "bos start 0 0 goal 0 2 wall 0 1 wall 1 1 eos"
    assert " ".join(token_format.target_words(traces, 0)) == (
        "bos create 0 0 c0 c2 close 0 0 c0 c2 create 1 0 c1 c3 close 1 0 c1 c3 create 2 0 c2 c4 close 2 0 c2 c4 "
        "create 2 1 c3 c3 close 2 1 c3 c3 create 2 2 c4 c2 close 2 2 c4 c2 create 1 2 c5 c1 close 1 2 c5 c1 "
        "create 0 2 c6 c0 close 0 2 c6 c0 plan 0 0 plan 1 0 plan 2 0 plan 2 1 plan 2 2 plan 1 2 plan 0 2 eos"
    )


def test_a_sokoban_level_in_the_words_of_the_paper() -> None:
    """One push right onto the dock: the box that stands on a dock is not written."""
    domain = SokobanDomain()
    grid = "######   ######"
    level = Sokoban(5, 3, bytes(cell == "#" for cell in grid), (8,), (6, 7))
    traces = domain.search(level).traces
    assert traces is not None
    paper, compact = (format_for(domain, level, name, 3) for name in FORMATS)
    walls = " ".join(f"wall {cell % 5} {cell // 5}" for cell in range(15) if grid[cell] == "#")
    assert " ".join(paper.prompt_words(traces, 0)) == f"bos worker 1 1 box 2 1 dock 3 1 {walls} eos"
    assert " ".join(paper.target_words(traces, 0)) == (
        "bos create worker 1 1 box 2 1 c0 c1 close worker 1 1 box 2 1 c0 c1 create worker 2 1 c1 c0 "
        "close worker 2 1 c1 c0 plan 1 1 plan 2 1 eos"
    )
    assert " ".join(compact.target_words(traces, 0)) == (
        "bos create 1,1 2,1 c0 c1 close 1,1 2,1 c0 c1 create 2,1 3,1 c1 c0 close 2,1 3,1 c1 c0 plan 1,1 plan 2,1 eos"
    )


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("domain_name", sorted(DOMAINS))
def test_a_format_survives_json(domain_name: str, name: str) -> None:
    size = DOMAINS[domain_name].sizes[0]
    token_format = TokenFormat(DOMAINS[domain_name], name, size, size, 99)
    again = format_from(json.loads(json.dumps(token_format.description())))
    assert again == token_format
    assert hash(again) == hash(token_format)
    assert again.words == token_format.words
    assert again != TokenFormat(DOMAINS[domain_name], name, size, size, 98)


def test_no_traces_have_no_tokens() -> None:
    tokens = TokenFormat(GRAPHS, "paper", 3, 1, 9).encode(Traces.concatenate([], 1))
    assert (len(tokens), tokens.num_tokens) == (0, 0)
    with pytest.raises(IndexError, match="no example 0"):
        tokens[0]


def test_an_unsolved_search_has_no_plan() -> None:
    traces = GRAPHS.search(Graph(3, 2, ((0, 1, 4),))).traces
    assert traces is not None
    token_format = TokenFormat(GRAPHS, "compact", 3, 1, 9)
    assert token_format.target_words(traces, 0)[-4:] == ["node1", "c4", "c0", "eos"]


def test_examples_count_from_the_end_too() -> None:
    tokens = Tokens(*([np.array([1, 2, 3], np.uint16), np.array([0, 1, 3])] * 3))
    assert tokens[-1][0].tolist() == tokens[1][0].tolist() == [2, 3]
    with pytest.raises(IndexError, match="no example -3: there are 2"):
        tokens[-3]


def test_a_cost_beyond_the_words_is_refused() -> None:
    traces = GRAPHS.search(Graph(3, 1, ((0, 1, 7),))).traces
    assert traces is not None
    TokenFormat(GRAPHS, "paper", 3, 1, 7).encode(traces)
    with pytest.raises(ValueError, match=r"g is 7 in a trace.*up to c6.*max_cost of at least 7"):
        TokenFormat(GRAPHS, "paper", 3, 1, 6).encode(traces)
    traces.h[0] = 1_000_000
    with pytest.raises(ValueError, match=r"h is 1000000 in a trace.*no format has so many words"):
        TokenFormat(GRAPHS, "paper", 3, 1, 7).encode(traces)
    traces.h[0] = -1
    with pytest.raises(ValueError, match="h is -1 in a trace"):
        TokenFormat(GRAPHS, "paper", 3, 1, 7).encode(traces)


def test_a_problem_of_another_size_is_refused() -> None:
    traces = GRAPHS.search(Graph(3, 1, ((0, 1, 7),))).traces
    assert traces is not None
    with pytest.raises(ValueError, match="4 × 1 cells, and the first problem has 3 × 1"):
        TokenFormat(GRAPHS, "paper", 4, 1, 7).encode(traces)


def test_tokens_outside_of_the_words_are_refused() -> None:
    """They would be the words of something else, or wrap around at 16 bits."""
    traces = GRAPHS.search(Graph(3, 1, ((0, 1, 7),))).traces
    assert traces is not None
    traces.states[0] = 60_000
    with pytest.raises(ValueError, match="does not fit"):
        TokenFormat(GRAPHS, "compact", 3, 1, 7).encode(traces)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("papers", 3, 3, 10), "unknown token format 'papers'. Did you mean 'paper'"),
        (("paper", 0, 3, 10), "0 × 3 cells"),
        (("paper", 3, -1, 10), "3 × -1 cells"),
        (("paper", 3, 3, -1), "max_cost must be at least 0, not -1"),
        (("paper", 3, 3, 10**12), "1,000,000,000,007 words or more; 16 bits number 65,536: lower max_cost"),
        (("paper", 3, 3, MAX_WORDS - len(CONTROL) - 9), "65,537 words"),
    ],
)
def test_an_impossible_format_is_refused(arguments: tuple[str, int, int, int], message: str) -> None:
    with pytest.raises(ValueError, match=message.replace(".", r"\.")):
        TokenFormat(TilesDomain(), *arguments)


def test_the_largest_vocabulary_is_possible() -> None:
    token_format = TokenFormat(TilesDomain(), "paper", 3, 3, MAX_WORDS - len(CONTROL) - 10)
    assert len(token_format.words) == MAX_WORDS
    assert token_format.ids(["8"]).tolist() == [65_535]


def test_unknown_words_and_ids_are_named() -> None:
    token_format = TokenFormat(TilesDomain(), "paper", 3, 3, 10)
    with pytest.raises(ValueError, match=r"unknown word 'crate'\. Did you mean 'create'.*word 2 of 3"):
        token_format.ids(["bos", "crate", "eos"])
    for wrong in (-1, 26, 70_000):
        with pytest.raises(ValueError, match=f"no word has the id {wrong}: there are 26 words"):
            token_format.text([0, wrong])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"domain": "maize"}, "unknown domain 'maize'"),
        ({"width": "3"}, "needs 'width' .int., not '3'"),
        ({"max_cost": True}, "needs 'max_cost'"),
        ({"format": None}, "needs 'format'"),
    ],
)
def test_a_wrong_description_is_refused(change: dict[str, object], message: str) -> None:
    description = TokenFormat(TilesDomain(), "paper", 3, 3, 10).description()
    with pytest.raises(ValueError, match=message):
        format_from(description | change)
