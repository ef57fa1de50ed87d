"""A trace is valid exactly if A* can write it: against all searches of tiny graphs, and rule by rule."""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.decoding import read_trace
from data.tokens import TokenFormat, format_for
from planning.domain import FORMATS, Domain
from planning.domains import DOMAINS
from planning.maze.domain import MazeDomain
from planning.maze.problem import Maze
from searchformer.trace_validity import RULES, trace_violation
from solvers.search import CLOSE, CREATE, Event
from tests.data.test_tokens_graphs import Graph, GraphDomain

ALL_DOMAINS: dict[str, Domain[Any, Any]] = {**DOMAINS, "graph": GraphDomain()}
SIZES = {"sokoban": 6, "graph": 6, "tiles": 3}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("domain_name", sorted(set(ALL_DOMAINS) - {"octile"}))  # whose costs have no words
@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**64 - 1), random_ties=st.booleans())
def test_what_astar_writes_is_valid(domain_name: str, name: str, seed: int, random_ties: bool) -> None:
    domain = ALL_DOMAINS[domain_name]
    size = SIZES.get(domain_name, 5)
    sampling = domain.sampling(size, None, {"moves": 8} if domain_name == "tiles" else {})
    for heuristic in domain.heuristics:
        traces = domain.draw_traces(sampling, range(2), seed=seed, heuristic=heuristic, random_ties=random_ties)
        for i in range(min(2, len(traces))):
            codes = traces.codes[traces.code_offsets[i] : traces.code_offsets[i + 1]].tolist()
            problem = domain.problem(codes)
            token_format = format_for(domain, problem, name, 20_000)
            words = token_format.target_words(traces, i)
            assert trace_violation(token_format, problem, words, heuristic) is None
            assert trace_violation(token_format, problem, words[1 : words.index("plan")], heuristic) is None


def all_searches(graph: Graph, heuristic: Any) -> Iterator[tuple[Event, ...]]:
    """Yield the events of every search that A* can make, whatever ties and the order of children are."""

    def go(events: tuple[Event, ...], least: dict[Any, int], opened: dict[Any, int]) -> Iterator[tuple[Event, ...]]:
        if not opened:
            return  # no goal can be reached
        f = {state: g + heuristic(state) for state, g in opened.items()}
        for state in [state for state in opened if f[state] == min(f.values())]:
            left = {other: g for other, g in opened.items() if other != state}
            closing = (*events, Event(CLOSE, state, opened[state], heuristic(state)))
            if graph.is_goal(state):
                yield closing
                continue
            for children in permutations(graph.successors(state)):
                after, known, now = closing, dict(least), dict(left)
                for _, child, cost in children:
                    g = opened[state] + cost
                    if g < known.get(child, g + 1):
                        known[child] = now[child] = g
                        after = (*after, Event(CREATE, child, g, heuristic(child)))
                yield from go(after, known, now)

    start = graph.initial
    yield from go((Event(CREATE, start, 0, heuristic(start)),), {start: 0}, {start: 0})


@lru_cache(maxsize=64)
def all_written(graph: Graph, name: str, heuristic: str) -> frozenset[tuple[str, ...]]:
    """Return every trace that A* can write, as words."""
    token_format = TokenFormat(GraphDomain(), name, graph.size, 1, 30)
    searches = all_searches(graph, GraphDomain().heuristic(graph, heuristic))
    return frozenset(tuple(words_of(token_format, events)) for events in searches)


def words_of(token_format: TokenFormat, events: tuple[Event, ...]) -> list[str]:
    words = []
    for event in events:
        row = token_format.wording.state_tokens(_states(event.state))[0].tolist()
        words += [("create", "close")[event.kind], *(token_format.wording.words[token] for token in row if token >= 0)]
        words += [f"c{event.g}", f"c{event.h}"]
    return words


def _states(state: Any) -> Any:
    from planning.traces import Traces

    empty = Traces.of((), (), None, (), 1)
    return replace(empty, states=np.array([state], np.int32))


GRAPHS = st.builds(
    lambda size, goal, edges: Graph(size, goal % size, tuple((a % size, b % size, c) for (a, b), c in edges.items())),
    st.integers(2, 5),
    st.integers(0, 4),
    st.dictionaries(st.tuples(st.integers(0, 4), st.integers(0, 4)), st.integers(0, 4), min_size=1, max_size=6),
).filter(lambda graph: len({(a, b) for a, b, _ in graph.edges}) == len(graph.edges))


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=150, deadline=None)
@given(GRAPHS, st.sampled_from(["zero", "inconsistent"]), st.data())
def test_a_trace_is_valid_exactly_if_astar_can_write_it(
    name: str, graph: Graph, heuristic: str, data: st.DataObject
) -> None:
    """Against all searches, with traces that are nearly right: something left out, moved, repeated or replaced."""
    written = sorted(all_written(graph, name, heuristic))
    if not written:
        return
    token_format = TokenFormat(GraphDomain(), name, graph.size, 1, 30)
    words = list(data.draw(st.sampled_from(written)))
    assert trace_violation(token_format, graph, [*words, "plan"], heuristic) is None
    clauses = _clauses(words)
    change, place, other = (data.draw(st.integers(0, most)) for most in (3, len(clauses) - 1, len(clauses) - 1))
    if change == 0:
        del clauses[place]
    elif change == 1:
        clauses[place], clauses[other] = clauses[other], clauses[place]
    elif change == 2:
        clauses.insert(place, clauses[other])
    else:
        at = data.draw(st.integers(0, len(clauses[place]) - 1))
        clauses[place][at] = data.draw(st.sampled_from(sorted({word for clause in clauses for word in clause})))
    changed = [word for clause in clauses for word in clause]
    wrong = trace_violation(token_format, graph, ["bos", *changed, "plan"], heuristic)
    assert (wrong is None) == (tuple(changed) in written), (changed, wrong)
    if read_trace(token_format, graph, changed).violations:
        assert wrong is not None


def _clauses(words: list[str]) -> list[list[str]]:
    clauses: list[list[str]] = []
    for word in words:
        if word in ("create", "close"):
            clauses.append([])
        clauses[-1].append(word)
    return clauses


# 0 0 . .   the start is at 0 0, the goal at 2 0; below the start is a dead end
MAZE = Maze(3, 2, bytes([1, 1, 1, 1, 0, 0]), (0, 0), (2, 0))
PAPER = format_for(MazeDomain(), MAZE, "paper", 9)
TRACE = (
    "create 0 0 c0 c2 close 0 0 c0 c2 create 0 1 c1 c3 create 1 0 c1 c1 close 1 0 c1 c1 create 2 0 c2 c0 "
    "close 2 0 c2 c0 plan 0 0 plan 1 0 plan 2 0 eos"
)


def test_the_example_is_valid_in_both_orders() -> None:
    assert trace_violation(PAPER, MAZE, TRACE.split()) is None
    children = "create 0 1 c1 c3 create 1 0 c1 c1"
    assert children in TRACE
    assert trace_violation(PAPER, MAZE, TRACE.replace(children, "create 1 0 c1 c1 create 0 1 c1 c3").split()) is None


@pytest.mark.parametrize(
    ("words", "rule", "reason"),
    [
        (TRACE.replace("create 2 0 c2 c0", "create 2 0 c2"), "syntax", "event 6"),
        (TRACE.replace("close 0 0 c0 c2", "close 1 0 c1 c1"), "close", "event 2"),
        (TRACE.replace("create 0 1 c1 c3", "create 2 1 c1 c3"), "create", "event 3"),
        (TRACE.replace("create 1 0 c1 c1", "create 1 0 c2 c1"), "g", "event 4"),
        (TRACE.replace("c1 c3", "c1 c2"), "h", "event 3"),
        (TRACE.replace("create 0 1 c1 c3 ", ""), "missing", "event 4"),
        (TRACE.replace("close 2 0", "create 0 1 c1 c3 close 2 0"), "parent", "event 7"),
        (TRACE.replace("create 2 0 c2 c0", "create 2 0 c2 c0 create 0 0 c2 c2"), "again", "event 7"),
        (TRACE.replace("close 1 0 c1 c1", "close 0 1 c1 c3"), "order", "event 5"),
        (TRACE.replace("plan 0 0", "close 0 1 c1 c3 plan 0 0"), "late", "event 8"),
        (TRACE.replace("close 2 0 c2 c0 ", ""), "end", "after event 6"),
        (TRACE.replace("create 2 0 c2 c0 close 2 0 c2 c0 ", ""), "missing", "after event 5"),
        ("bos plan 0 0 eos", "missing", "after event 0"),
        ("", "missing", "after event 0"),
        (TRACE.replace("create 0 0 c0 c2 close 0 0 c0 c2 ", ""), "create", "event 1"),
    ],
)
def test_each_fault_has_its_rule(words: str, rule: str, reason: str) -> None:
    wrong = trace_violation(PAPER, MAZE, words.split())
    assert wrong is not None
    assert wrong.rule == rule
    assert rule in RULES
    assert reason in wrong.reason


def test_a_state_that_was_made_cheaper_is_not_closed_at_its_old_cost() -> None:
    # 0 to 1 costs 4, by 2 it costs 2: node 1 is created twice, and its first entry is stale.
    graph = Graph(4, 3, ((0, 1, 4), (0, 2, 1), (2, 1, 1), (1, 3, 1)))
    token_format = TokenFormat(GraphDomain(), "compact", 4, 1, 9)
    good = (
        "create node0 c0 c0 close node0 c0 c0 create node1 c4 c0 create node2 c1 c0 close node2 c1 c0 "
        "create node1 c2 c0 close node1 c2 c0 create node3 c3 c0 close node3 c3 c0"
    )
    assert trace_violation(token_format, graph, good.split(), "zero") is None
    wrong = trace_violation(token_format, graph, good.replace("close node1 c2", "close node1 c4").split(), "zero")
    assert wrong is not None
    assert wrong.rule == "stale"


def test_a_dead_end_is_not_created() -> None:
    sokoban = DOMAINS["sokoban"]
    # To the right, the box would stand in a corner; the paper's heuristic knows.
    problem = sokoban.read("######\n#@ $ #\n#    #\n# .  #\n######")[0]
    token_format = format_for(sokoban, problem, "compact", 99)
    begin = "create 1,1 3,1 c0 c3 close 1,1 3,1 c0 c3 create 1,2 3,1 c1 c3 create 2,1 3,1 c1 c3 close 2,1 3,1 c1 c3"
    wrong = trace_violation(token_format, problem, [*begin.split(), *["create", "3,1", "4,1", "c2", "c4"]])
    assert wrong is not None
    assert wrong.rule == "dead"
