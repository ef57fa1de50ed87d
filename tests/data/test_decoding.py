"""Laws of strict reading: what was written is read back exactly, and whatever breaks a rule is named with its place."""

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.decoding import read_plan, read_problem, read_trace
from data.tokens import TokenFormat, format_for
from planning.domain import FORMATS
from planning.maze.domain import MazeDomain
from planning.maze.problem import Maze
from planning.sokoban.domain import SokobanDomain
from planning.sokoban.problem import Sokoban
from planning.traces import Traces
from solvers.chance import SplitMix
from solvers.search import Event
from solvers.verifier import verify
from tests.data.test_tokens import ALL_DOMAINS, GRAPHS, WORDED, draw, format_of_all, problem_of
from tests.data.test_tokens_graphs import Graph, draw_graph

SEEDS = st.integers(0, 2**64 - 1)


def events_of(traces: Traces, i: int) -> tuple[Event, ...]:
    rows = range(traces.event_offsets[i], traces.event_offsets[i + 1])
    columns = traces.kinds.tolist(), traces.states.tolist(), traces.g.tolist(), traces.h.tolist()
    return tuple(Event(columns[0][r], tuple(columns[1][r]), columns[2][r], columns[3][r]) for r in rows)


def without_costs(traces: Traces) -> Traces:
    """Return traces that any format can write: prompts and plans are the same."""
    return replace(traces, g=np.zeros_like(traces.g), h=np.zeros_like(traces.h))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("domain_name", sorted(ALL_DOMAINS))
@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, random_ties=st.booleans())
def test_problems_and_plans_are_read_back(domain_name: str, name: str, seed: int, random_ties: bool) -> None:
    domain = ALL_DOMAINS[domain_name]
    traces, size = draw(domain, seed, num=2, random_ties=random_ties)
    traces = without_costs(traces)
    token_format = format_of_all(domain, traces, name, size)
    for i in range(len(traces)):
        problem = read_problem(token_format, [*token_format.prompt_words(traces, i), "pad"])
        assert problem == problem_of(domain, traces, i)
        words = token_format.target_words(traces, i)
        first = words.index("plan")
        for target in (words, ["bos", *words[first:]], [*words, "pad", "pad"]):
            actions, verdict = read_plan(token_format, problem, target)
            assert verdict.violations == ()
            assert verdict.cost == traces.costs[i]
            assert verify(problem, actions) == verdict


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("domain_name", WORDED)
@settings(max_examples=10, deadline=None)
@given(seed=SEEDS, random_ties=st.booleans())
def test_traces_are_read_back(domain_name: str, name: str, seed: int, random_ties: bool) -> None:
    domain = ALL_DOMAINS[domain_name]
    traces, size = draw(domain, seed, num=2, random_ties=random_ties)
    token_format = format_of_all(domain, traces, name, size)
    is_lossy = (domain_name, name) in {("graph", "paper"), ("sokoban", "paper")}
    for i in range(min(2, len(traces))):
        reading = read_trace(token_format, problem_of(domain, traces, i), token_format.target_words(traces, i))
        assert reading.violations == ()
        events = events_of(traces, i)
        assert len(reading.events) == len(reading.candidates) == len(events)
        for read, candidates, event in zip(reading.events, reading.candidates, events, strict=True):
            assert event.state in candidates
            assert read == (event if len(candidates) == 1 else event._replace(state=None))
        if not is_lossy:
            assert reading.events == events


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=300, deadline=None)
@given(seed=SEEDS, tail=st.lists(st.integers(0, 3), max_size=4))
def test_a_plan_is_valid_exactly_if_some_way_is_written_so(name: str, seed: int, tail: list[int]) -> None:
    """Against all ways on a small weighted digraph, where in the lossy format two nodes share a word."""
    graph = next(draw_graph(GRAPHS.sampling(4), SplitMix(seed)))
    token_format = TokenFormat(GRAPHS, name, 4, 1, 99)
    nodes = [0, *tail]
    said = [node // 2 * 2 if name == "paper" else node for node in nodes]
    words = [word for node in said for word in ("plan", f"node{node}")]
    price = {(a, b): cost for a, b, cost in graph.edges}
    ways = [
        way
        for way in product(range(4), repeat=len(nodes))
        if way[0] == 0
        and [node // 2 * 2 if name == "paper" else node for node in way] == said
        and all(step in price for step in pairwise(way))
    ]
    good = [sum(price[step] for step in pairwise(way)) for way in ways if way[-1] == graph.goal]
    actions, verdict = read_plan(token_format, graph, ["bos", *words, "eos"])
    assert verdict.valid == bool(good)
    if good:
        assert verdict.cost == min(good)
        assert verify(graph, actions) == verdict
    else:
        costs = [sum(price[step] for step in pairwise(way)) for way in ways]
        assert [violation.rule for violation in verdict.violations] == ["goal" if ways else "step"]
        assert verdict.cost == min(costs, default=None)


MAZE = Maze(3, 3, bytes([1, 1, 1, 0, 0, 1, 1, 1, 1]), (0, 0), (0, 2))
PLAN = "bos plan 0 0 plan 1 0 plan 2 0 plan 2 1 plan 2 2 plan 1 2 plan 0 2 eos"
PAPER = format_for(MazeDomain(), MAZE, "paper", 9)


@pytest.mark.parametrize(
    ("words", "rules", "reason"),
    [
        (PLAN.removesuffix(" eos"), ["eos"], "no 'eos'"),
        (PLAN.removesuffix(" 0 2 eos"), ["step", "eos"], "step 6: '' is not one step from '1 2'"),
        (PLAN.removesuffix(" plan 0 2 eos") + " eos", ["goal"], "ends at '1 2', after step 5"),
        (PLAN.replace("plan 1 0", "plan 0 1"), ["step"], "step 1: '0 1' is not one step from '0 0'"),
        (PLAN.replace("plan 1 0", "plan 1 0 plan 1 0"), ["step"], "step 2: '1 0' is not one step from '1 0'"),
        (PLAN.replace("plan 2 0 ", ""), ["step"], "step 2: '2 1' is not one step from '1 0'"),
        (PLAN.replace("plan 0 0 ", ""), ["start"], "starts at '1 0' and not at '0 0'"),
        (PLAN.replace("plan 2 1", "plan 2 1 2"), ["step"], "step 3: '2 1 2'"),
        (PLAN.replace("plan 2 1", "plan 2"), ["step"], "step 3: '2' is not"),
        (PLAN.replace("plan 2 1", "plan 1 2 c3"), ["syntax"], "step 3: 'c3' is no word of a state"),
        (PLAN.replace("plan 2 1", "plan 2 1 create 2 1"), ["syntax"], "step 3: 'create'"),
        (PLAN.replace("plan 2 1", "plan 2 bos"), ["syntax"], "step 3: 'bos'"),
        (PLAN.replace("plan 2 1", "plan 2 one"), ["syntax"], "step 3: 'one'"),
        (PLAN.replace("plan 2 1", "plan goal 2 1"), ["step"], "step 3: 'goal 2 1'"),
        ("bos eos", ["syntax"], "no word 'plan'"),
        ("", ["syntax", "eos"], "no word 'plan'"),
        ("bos eos " + PLAN, ["syntax", "syntax"], "no word 'plan'"),
        ("bos plan eos", ["start"], "starts at ''"),
        (PLAN + " plan 0 2", ["syntax"], "'plan' follows 'eos'"),
        (PLAN + " pad eos", ["syntax"], "'eos' follows 'eos'"),
        (PLAN.removesuffix("eos") + "pad", ["syntax", "eos"], "step 6: 'pad'"),
    ],
)
def test_each_fault_of_a_plan_has_its_rule(words: str, rules: list[str], reason: str) -> None:
    _, verdict = read_plan(PAPER, MAZE, words.split())
    assert [violation.rule for violation in verdict.violations] == rules
    assert reason in verdict.violations[0].reason


def test_a_broken_plan_is_followed_as_far_as_it_goes() -> None:
    actions, verdict = read_plan(PAPER, MAZE, PLAN.replace("plan 2 1", "plan 1 1").split())
    assert (actions, verdict.cost) == (("right", "right"), None)
    actions, verdict = read_plan(PAPER, MAZE, PLAN.removesuffix(" eos").split())
    assert (actions, verdict.cost) == (("right", "right", "down", "down", "left", "left"), 6)
    detour = PLAN.replace("plan 1 0", "plan 1 0 plan 0 0 plan 1 0")
    assert read_plan(PAPER, MAZE, detour.split())[1].cost == 8


def test_a_plan_on_terrain_costs_what_the_terrain_says() -> None:
    maze = Maze(3, 1, bytes([1, 7, 2]), (0, 0), (2, 0))
    token_format = format_for(MazeDomain(), maze, "compact", 9)
    assert read_plan(token_format, maze, ["plan", "0,0", "plan", "1,0", "plan", "2,0", "eos"])[1].cost == 9


TRACE = "create 0 0 c0 c2 close 0 0 c0 c2 create 1 0 c1 c3 close 1 0 c1 c3 create 2 0 c2 c4 close 2 0 c2 c4 eos"


@pytest.mark.parametrize(
    ("words", "rules", "reason"),
    [
        (TRACE, [], ""),
        (TRACE.replace("c4", "c7"), [], "h belongs to whatever heuristic there was"),
        (TRACE.replace("eos", "create 0 0 c2 c2 eos"), [], "a successor of (1, 0), which is not the last closed one"),
        (TRACE.replace("create 0 0", "create 0 0 c0 c2 create 0 0"), ["create"], "event 2: no closed state reaches"),
        (TRACE.replace("create 0 0 c0 c2 ", ""), ["close"] + ["create"] * 2, "event 1: no open state"),
        (TRACE.replace("close 1 0 c1 c3 ", ""), ["create"], "event 4: no closed state reaches '2 0'"),
        (TRACE.replace("create 1 0 c1 c3 ", ""), ["close", "create"], "event 3: no open state was created as '1 0 c1"),
        (TRACE.replace("eos", "close 2 0 c2 c4 eos"), ["close"], "event 7: no open state was created as '2 0 c2 c4'"),
        (TRACE.replace("close 2 0 c2", "close 2 0 c3"), ["close"], "event 6: no open state was created as '2 0 c3 c4'"),
        (TRACE.replace("2 0 c2", "2 0 c5"), ["g"], "event 5: no closed state reaches '2 0' with c5"),
        (TRACE.replace("create 2 0", "create 1 1"), ["create", "close"], "event 5: no closed state reaches '1 1'"),
        (TRACE.replace("create 1 0", "create 0 0 c0 c2 create 1 0"), ["create"], "event 3: no closed state reaches"),
        (TRACE.replace("create 1 0 c1 c3", "create 1 0 c1"), ["syntax", "close", "create"], "event 3: 'create 1 0 c1'"),
        (TRACE.replace("create 2 0 c2 c4", "create c2 c4"), ["syntax", "close"], "'create c2 c4' is not 'create <st"),
        (TRACE.replace("create 2 0 c2", "create 2 0 c10"), ["syntax", "close"], "event 5: 'create 2 0 c10 c4'"),
        (TRACE.replace("create 2 0 c2", "create 2 0 2"), ["syntax", "close"], "event 5"),
        (TRACE.replace("create 2 0 c2", "create 2 c0 c2"), ["syntax", "close"], "event 5"),
        ("bos 0 0 " + TRACE, ["syntax"], "event 1: '0' begins no clause"),
        ("bos bos " + TRACE, ["syntax"], "event 1: 'bos' begins no clause"),
    ],
)
def test_each_fault_of_a_trace_has_its_rule(words: str, rules: list[str], reason: str) -> None:
    for target in (words, words.replace("eos", "plan 0 0 eos")):
        violations = read_trace(PAPER, MAZE, target.split()).violations
        assert [violation.rule for violation in violations][: len(rules)] == rules
        assert bool(violations) == bool(rules)
        if rules:
            assert reason in violations[0].reason


def test_no_trace_has_no_events() -> None:
    for words in ([], ["bos"], PLAN.split()):
        reading = read_trace(PAPER, MAZE, words)
        assert (reading.events, reading.violations) == ((), ())


def test_of_several_ways_that_are_written_alike_the_one_to_the_goal_counts() -> None:
    graph = Graph(6, 5, ((0, 2, 1), (0, 3, 4), (2, 0, 1), (3, 5, 1)))
    token_format = TokenFormat(GRAPHS, "paper", 6, 1, 9)
    words = ["plan", "node0", "plan", "node2", "plan", "node4", "eos"]
    actions, verdict = read_plan(token_format, graph, words)
    assert (actions, verdict.cost, verdict.valid) == (("1", "3"), 5, True)


def test_states_that_are_written_alike_are_told_apart_by_what_was_closed() -> None:
    """Nodes 1 and 4 are `bit1`, 2 and 5 are `bit0 bit1`: by g, then by the last closed state, or not at all."""
    graph = Graph(6, 5, ((0, 1, 1), (0, 4, 3), (0, 5, 2), (1, 2, 1), (4, 1, 0), (4, 4, 0)))
    token_format = TokenFormat(GRAPHS, "paper", 6, 1, 9)
    trace = (
        "create bit0 c0 c0 close bit0 c0 c0 create bit1 c1 c0 create bit1 c3 c0 close bit1 c1 c0 "
        "create bit0 bit1 c2 c0 close bit1 c3 c0 create bit1 c3 c0 eos"
    )
    reading = read_trace(token_format, graph, trace.split())
    assert reading.violations == ()
    assert [event.state for event in reading.events] == [(0,), (0,), (1,), (4,), (1,), (2,), (4,), None]
    assert reading.candidates[-1] == ((1,), (4,))


def test_hidden_boxes_are_followed() -> None:
    """A loose box and a box on a dock change roles: the words are those of two different states."""
    level = Sokoban(5, 3, bytes(cell == "#" for cell in "######   ######"), (8,), (6, 7))
    domain = SokobanDomain()
    traces = domain.search(level).traces
    assert traces is not None
    token_format = format_for(domain, level, "paper", 9)
    reading = read_trace(token_format, level, token_format.target_words(traces, 0))
    assert reading.violations == ()
    assert reading.events == events_of(traces, 0)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("", "a prompt is 'bos … eos'"),
        ("bos", "a prompt is"),
        ("bos start 0 0 goal 0 2", "a prompt is"),
        ("start 0 0 goal 0 2 eos", "a prompt is"),
        ("bos start 0 0 goal 0 3 eos", "3"),
        ("bos start 0 0 goal 0 2 wall 0 eos", "wall|it ends|y from 0"),
        ("bos start 0 0 goal 0 2 bos eos", "bos"),
        ("bos start 0 0 goal 0 2 eos wall 0 1 eos", "eos"),
    ],
)
def test_what_is_no_prompt_is_refused(words: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_problem(PAPER, words.split())
