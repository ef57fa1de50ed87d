"""What the published evaluation accepts: its leniences one by one, and never less than what is true."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.decoding import read_plan
from data.tokens import TokenFormat, format_for
from planning.domain import FORMATS
from planning.domains import DOMAINS
from planning.maze.domain import MazeDomain
from planning.maze.problem import Maze
from planning.sokoban.domain import SokobanDomain
from searchformer.cases import without_costs
from searchformer.lenient import lenient_cost

MAZE = Maze(3, 3, bytes([1, 1, 1, 0, 0, 1, 1, 1, 1]), (0, 0), (0, 2))
PLAN = "bos plan 0 0 plan 1 0 plan 2 0 plan 2 1 plan 2 2 plan 1 2 plan 0 2 eos"
LEVEL = SokobanDomain().read("#######\n#@ $. #\n#     #\n#    .#\n#  $  #\n#     #\n#######")[0]
SOLUTION = "1 1|2 1|3 1|3 2|2 2|1 2|1 3|1 4|2 4|3 4|4 4|4 5|5 5|5 4"
MOVED = "2 2|3 2|4 2|4 3|3 3|2 3|2 4|2 5|3 5|4 5|5 5|5 6|6 6|6 5"


def judged(token_format: TokenFormat, problem: Any, words: str) -> tuple[int | None, int | None]:
    """Return the strict and the lenient cost."""
    said = words.split()
    verdict = read_plan(token_format, problem, said)[1]
    return verdict.cost if verdict.valid else None, lenient_cost(token_format, problem, said, verdict)


@pytest.mark.parametrize(
    ("words", "lenient"),
    [
        (PLAN, 6),
        (PLAN.removesuffix(" eos"), 6),
        (PLAN + " plan 0 2", 6),
        (PLAN.replace("plan 2 1", "close 2 1"), 6),
        (PLAN.replace("plan 0 0", "create 0 0 c0 c2 plan 0 0"), 6),
        (PLAN.replace("plan 2 1", "plan 2 1 2"), None),
        (PLAN.removesuffix(" 0 2 eos"), None),
        (PLAN.replace("plan 2 1", "plan 1 1"), None),
        (PLAN.replace("plan 0 0 ", ""), None),
        (PLAN.replace("plan 2 0 ", ""), None),
        (PLAN.removesuffix(" plan 0 2 eos"), None),
        (PLAN.replace("plan 2 1", "plan c2 1"), None),
        ("bos create 0 0 c0 c2 eos", None),
        ("bos eos " + PLAN, None),
        ("bos plan eos", None),
        ("", None),
    ],
)
def test_in_a_maze_only_form_is_forgiven(words: str, lenient: int | None) -> None:
    assert judged(format_for(MazeDomain(), MAZE, "paper", 9), MAZE, words)[1] == lenient


def plan_words(cells: str) -> str:
    return " ".join(["bos", *(f"plan {cell}" for cell in cells.split("|")), "eos"])


@pytest.mark.parametrize(
    ("cells", "strict", "lenient"),
    [
        # Push the upper box to the right; walk behind the lower one, push it to the right, walk below it, push it up.
        (SOLUTION, 13, 13),
        (SOLUTION.replace("1 1|2 1", "1 1|1 0|1 1|2 1"), None, None),  # up is blocked, back down is not: one row off
        # Beside the wall: the worker stays one cell to the right of what is written, until a box is blocked.
        (SOLUTION.replace("1 2|1 3|1 4|", "1 2|0 2|0 3|0 4|1 4|"), None, 15),
        (SOLUTION + "|6 4|7 4", None, None),  # there is no cell 7
        (SOLUTION + "|6 4", None, 14),  # a bump into the wall at the end
        (MOVED, None, 13),  # all of it one cell to the right and down
        (SOLUTION.replace("|2 1", "|2 2"), None, None),  # a diagonal step
        (SOLUTION.replace("1 1|2 1", "1 1|1 1|2 1"), None, None),  # a step to where one is
        (SOLUTION.removesuffix("|5 4"), None, None),  # a box is left
        ("1 1", None, None),
    ],
)
def test_in_sokoban_a_step_is_what_two_cells_differ(cells: str, strict: int | None, lenient: int | None) -> None:
    token_format = format_for(SokobanDomain(), LEVEL, "paper", 9)
    assert judged(token_format, LEVEL, plan_words(cells)) == (strict, lenient)
    assert judged(token_format, LEVEL, plan_words(cells).removesuffix(" eos")) == (None, lenient)


def pushed_on_a_grid(level: str, cells: list[tuple[int, int]]) -> bool:
    """Tell whether boxes end on docks, by moving glyphs on a grid: the plain version."""
    rows = [list(row) for row in level.splitlines()]
    docks = {(x, y) for y, row in enumerate(rows) for x, glyph in enumerate(row) if glyph == "."}
    boxes = {(x, y) for y, row in enumerate(rows) for x, glyph in enumerate(row) if glyph == "$"}
    (worker,) = ((x, y) for y, row in enumerate(rows) for x, glyph in enumerate(row) if glyph == "@")
    for (x, y), (to_x, to_y) in pairwise(cells):
        dx, dy = to_x - x, to_y - y
        if abs(dx) + abs(dy) != 1:
            return False
        target, behind = (worker[0] + dx, worker[1] + dy), (worker[0] + 2 * dx, worker[1] + 2 * dy)
        if rows[target[1]][target[0]] == "#":
            continue
        if target in boxes:
            if behind in boxes or rows[behind[1]][behind[0]] == "#":
                continue
            boxes = boxes - {target} | {behind}
        worker = target
    return boxes == docks


TINY = "#####\n#@$.#\n#   #\n#####"


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=300, deadline=None)
@given(st.integers(0, 19), st.lists(st.sampled_from([(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (0, 0)]), max_size=5))
def test_sokoban_is_judged_as_on_a_grid(name: str, first: int, steps: list[tuple[int, int]]) -> None:
    level = SokobanDomain().read(TINY)[0]
    token_format = format_for(SokobanDomain(), level, name, 9)
    cells = [(first % 5, first // 5)]
    for dx, dy in steps:
        x, y = cells[-1]
        cells.append((min(4, max(0, x + dx)), min(3, max(0, y + dy))))
    joined = plan_words("|".join(f"{x}{' ' if name == 'paper' else ','}{y}" for x, y in cells))
    strict, lenient = judged(token_format, level, joined)
    assert lenient == (len(cells) - 1 if pushed_on_a_grid(TINY, cells) else None)
    assert strict in (None, lenient)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("domain_name", sorted(DOMAINS))
def test_what_is_true_is_accepted_and_a_missing_end_is_forgiven(domain_name: str, name: str) -> None:
    domain = DOMAINS[domain_name]
    size = {"sokoban": 6, "tiles": 3}.get(domain_name, 4)
    traces = domain.draw_traces(domain.sampling(size), range(4), seed=3)
    for i in range(min(len(traces), 6)):
        codes = traces.codes[traces.code_offsets[i] : traces.code_offsets[i + 1]].tolist()
        problem = domain.problem(codes)
        token_format = format_for(domain, problem, name, 9)
        tokens = token_format.encode(without_costs(traces.select(np.array([i]))))
        words = " ".join(["bos", *token_format.text(tokens.plans), "eos"])
        assert judged(token_format, problem, words) == (traces.costs[i], traces.costs[i])
        assert judged(token_format, problem, words.removesuffix(" eos")) == (None, traces.costs[i])
