"""Every solver finds what enumeration finds; no answer is trusted that breaks a row in exact integers."""

import logging
from collections.abc import Mapping
from itertools import product
from pathlib import Path

import pulp
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from solvers.milp import AT_LEAST, AT_MOST, EQUAL, MILP_SOLVERS, Milp, MilpSolver, read_mps, solve_cbc, solve_cpsat
from solvers.result import Result, Status

SENSES = (AT_MOST, AT_LEAST, EQUAL)
NUM_VARIABLES = 4
SMALL = st.integers(-4, 4)

solvers = pytest.mark.parametrize("solve", MILP_SOLVERS.values(), ids=list(MILP_SOLVERS))
rows_of_data = st.lists(
    st.tuples(
        st.lists(SMALL, min_size=NUM_VARIABLES, max_size=NUM_VARIABLES), st.sampled_from(SENSES), st.integers(-6, 6)
    ),
    max_size=4,
)


def build(bounds: list[tuple[int, int]], rows: list[tuple[list[int], int, int]], costs: list[int]) -> Milp:
    model = Milp("random")
    variables = [model.integer(f"x{i}", low, high) for i, (low, high) in enumerate(bounds)]
    for number, (coefficients, sense, constant) in enumerate(rows):
        model.add(f"row_{number}", zip(variables, coefficients, strict=True), sense, constant)
    model.minimise(zip(variables, costs, strict=True))
    return model


def holds(total: int, sense: int, constant: int) -> bool:
    return total == constant if sense == EQUAL else total <= constant if sense == AT_MOST else total >= constant


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-2, 0), st.integers(0, 2)), min_size=NUM_VARIABLES, max_size=NUM_VARIABLES),
    rows_of_data,
    st.lists(st.integers(-9, 9), min_size=NUM_VARIABLES, max_size=NUM_VARIABLES),
)
@example([(0, 1)] * 4, [([0, 0, 2, 0], EQUAL, 1)], [0, 0, 0, 0])  # CBC crashes on it with `preprocess off`
@example([(0, 0), (-1, 0), (-1, 0), (-1, 0)], [([0, 1, -2, -1], EQUAL, 1)], [0, 0, 1, 2])  # CBC preprocesses −2 to −1
def test_every_solver_finds_what_enumeration_finds(
    bounds: list[tuple[int, int]], rows: list[tuple[list[int], int, int]], costs: list[int]
) -> None:
    model = build(bounds, rows, costs)
    points = [
        point
        for point in product(*(range(low, high + 1) for low, high in bounds))
        if all(holds(sum(a * x for a, x in zip(row, point, strict=True)), s, b) for row, s, b in rows)
    ]
    least = min((sum(c * x for c, x in zip(costs, point, strict=True)) for point in points), default=None)
    for name, solve in MILP_SOLVERS.items():
        result = solve(model, time_limit_s=10.0)
        assert result.solver == name
        assert (result.status, result.cost) == (Status.INFEASIBLE if least is None else Status.OPTIMAL, least)
        if result.solution is not None:
            assert model.broken_rows(result.solution) == []
            assert model.cost_of(result.solution) == result.cost == result.bound


@given(rows_of_data, st.lists(st.integers(-3, 3), min_size=NUM_VARIABLES, max_size=NUM_VARIABLES))
def test_broken_rows_are_those_that_do_not_hold(rows: list[tuple[list[int], int, int]], point: list[int]) -> None:
    model = build([(-2, 2)] * NUM_VARIABLES, rows, [1, 2, 3, 4])
    values = {f"x{i}": x for i, x in enumerate(point)}
    expected = {f"x{i}" for i, x in enumerate(point) if abs(x) > 2}
    for number, (row, sense, constant) in enumerate(rows):
        if not holds(sum(a * x for a, x in zip(row, point, strict=True)), sense, constant):
            expected.add(f"row_{number}")
    assert set(model.broken_rows(values)) == expected
    assert model.cost_of(values) == sum(x * (i + 1) for i, x in enumerate(point))


@solvers
def test_equal_variables_are_summed(solve: MilpSolver) -> None:
    model = Milp("sum")
    x, y = model.binary("x"), model.binary("y")
    model.add("once", [(x, 1), (x, -1), (y, 1)], AT_LEAST, 1)
    model.minimise([(x, -2), (x, 1), (y, 3)])
    assert solve(model, time_limit_s=5.0).solution == {"x": 1, "y": 1}


@solvers
def test_a_row_without_variables_holds_or_does_not(solve: MilpSolver) -> None:
    """A must-see that no candidate city has gives such a row."""
    for constant, status in ((0, Status.OPTIMAL), (1, Status.INFEASIBLE)):
        model = Milp("empty")
        model.minimise([(model.binary("x"), 1)])
        model.add("nothing", [], EQUAL, constant)
        assert solve(model, time_limit_s=5.0).status is status


@solvers
def test_a_hint_does_not_change_the_optimum(solve: MilpSolver) -> None:
    model = build([(0, 5)] * 4, [([1, 2, 3, 4], AT_LEAST, 17)], [3, 5, 7, 11])
    best = solve(model, time_limit_s=5.0)
    assert best.solution is not None
    hints: list[Mapping[str, int]] = [best.solution, {"x0": 5}, {f"x{i}": 0 for i in range(4)}]
    assert {solve(model, time_limit_s=5.0, hint=hint).cost for hint in hints} == {best.cost}


def test_a_solver_twice_gives_the_same_answer() -> None:
    model = build([(0, 3)] * 4, [([1, 1, 1, 1], EQUAL, 6)], [1, 1, 1, 1])
    for solve in MILP_SOLVERS.values():
        assert solve(model, time_limit_s=5.0).solution == solve(model, time_limit_s=5.0).solution


# What a solver must not get away with


def test_an_assignment_that_breaks_a_row_is_no_solution(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A solver's tolerance lets 0.9999999 pass for 1; in exact integers the row is broken, and the answer unused."""
    model = build([(0, 1)] * 4, [([1, 1, 1, 1], AT_LEAST, 2)], [1, 1, 1, 1])

    def lies(problem: pulp.LpProblem, *_: object) -> int:
        for variable in problem.variables():
            variable.varValue = 0.3
        problem.status, problem.sol_status = pulp.LpStatusOptimal, pulp.LpSolutionOptimal
        return int(problem.status)

    monkeypatch.setattr(pulp.LpProblem, "solve", lies)
    with caplog.at_level(logging.WARNING):
        result = solve_cbc(model, time_limit_s=5.0)
    assert (result.status, result.solution, result.cost) == (Status.UNKNOWN, None, None)
    assert "row_0" in caplog.text


def test_a_solver_that_breaks_down_knows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """CBC is a program of its own: when it crashes, that is no answer, and no exception for who plans a trip."""

    def crashes(*_: object) -> int:
        raise pulp.PulpSolverError("Pulp: Error while trying to execute cbc")

    monkeypatch.setattr(pulp.LpProblem, "solve", crashes)
    assert solve_cbc(build([(0, 1)] * 4, [], [1] * 4), time_limit_s=5.0).status is Status.UNKNOWN


def test_no_bound_is_claimed_where_none_is_proven() -> None:
    """CP-SAT refuses what may overflow 64 bits; its figure for the bound then means nothing."""
    model = build([(0, 10**6)] * 4, [([1, 1, 1, 1], AT_LEAST, 7)], [-(10**18)] * 4)
    result = solve_cpsat(model, time_limit_s=5.0)
    assert result.status is Status.UNKNOWN
    assert result.bound is None


BUDGET = {"a1": 1450, "a2": 7250, "b0": 1450, "b1": 4350, "b2": 7250, "c1": 1450, "c2": 2900, "l0": 51400, "l1": 10150}
TIGHT_ROWS: tuple[tuple[dict[str, int], int, int], ...] = (
    ({"s1": 1}, EQUAL, 1),
    ({"s2": 1}, EQUAL, 1),
    ({"s3": 1}, EQUAL, 1),
    ({"l3": 1, "s3": -1}, EQUAL, 0),
    ({"l2": 1, "s2": -1}, EQUAL, 0),
    ({"l1": 1, "s1": -1}, EQUAL, 0),
    ({"l0": 1, "s1": -1}, EQUAL, 0),
    ({"a0": 1, "a1": 1, "a2": 1, "l2": -2, "l3": -1}, EQUAL, 0),
    ({"b0": 1, "b1": 1, "b2": 1, "l1": -1}, EQUAL, 0),
    ({"c0": 1, "c1": 1, "c2": 1, "c9": 1, "l0": -2, "l1": -1}, EQUAL, 0),
    (BUDGET | {"l2": 10150, "l3": 88600, "s1": 5800, "s2": 10150, "s3": 15950}, AT_MOST, 203800),
)


@solvers
def test_a_budget_that_is_just_enough_is_enough(solve: MilpSolver) -> None:
    """Its last row can only hold with equality; CBC 2.10.3 then calls the model infeasible while preprocessing it."""
    model = Milp("tight")
    variables = {name: model.binary(name) for name in sorted({name for row, _, _ in TIGHT_ROWS for name in row})}
    for number, (row, sense, constant) in enumerate(TIGHT_ROWS):
        model.add(f"r{number:02}", [(variables[name], a) for name, a in row.items()], sense, constant)
    assert solve(model, time_limit_s=10.0).status is Status.OPTIMAL


@pytest.mark.slow
def test_cbc_is_not_kept_waiting_by_its_own_thread() -> None:
    """With `-threads 1` CBC 2.10.3 starts a worker, and in one of a thousand runs waits for it until the time is up."""
    model = build([(0, 5)] * 4, [([1, 2, 3, 4], AT_LEAST, 17)], [3, 5, 7, 11])
    assert {solve_cbc(model, time_limit_s=5.0).status for _ in range(4000)} == {Status.OPTIMAL}


def test_cbc_is_asked_for_no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[pulp.PULP_CBC_CMD] = []

    def solved(problem: pulp.LpProblem, command: pulp.PULP_CBC_CMD) -> None:
        asked.append(command)

    monkeypatch.setattr(pulp.LpProblem, "solve", solved)
    solve_cbc(build([(0, 1)] * 4, [], [1] * 4), time_limit_s=5.0)
    assert asked[0].optionsDict.get("threads") is None


# Files


def test_a_model_is_written_as_text(tmp_path: Path) -> None:
    model = build([(0, 1), (0, 5), (-2, 2), (0, 1)], [([1, -1, 0, 2], AT_MOST, 3)], [1, 2, 0, 0])
    model.write_lp(tmp_path / "model.lp")
    text = (tmp_path / "model.lp").read_text()
    assert "row_0: x0 - x1 + 0 x2 + 2 x3 <= 3" in text
    assert "x1 <= 5" in text


MPS = """NAME          tiny
ROWS
 N  OBJ
 L  most
 G  least
 E  same
COLUMNS
    MARKER                 'MARKER'                 'INTORG'
    x         OBJ       {cost}   most      1
    x         least     1   same      1
    y         OBJ       2   most      1
    y         same      -1
    MARKER                 'MARKER'                 'INTEND'
RHS
    RHS       most      8   least     2
RANGES
    RANGE     most      3
BOUNDS
 UP BND       x         {bound}
 UP BND       y         9
ENDATA
"""


def test_a_model_is_read_from_a_file(tmp_path: Path) -> None:
    """5 ≤ x + y ≤ 8, x ≥ 2, x = y: a row that is bounded on both sides becomes two."""
    path = tmp_path / "tiny.mps"
    path.write_text(MPS.format(cost=3, bound=9))
    model = read_mps(path)
    assert (model.num_variables, model.num_rows) == (2, 4)
    for solve in MILP_SOLVERS.values():
        result = solve(model, time_limit_s=5.0)
        assert (result.status, result.cost, result.solution) == (Status.OPTIMAL, 15, {"x": 3, "y": 3})


@pytest.mark.parametrize("change", [{"cost": 2.5, "bound": 9}, {"cost": 3, "bound": 1.5}])
def test_fractions_are_refused(tmp_path: Path, change: dict[str, float]) -> None:
    path = tmp_path / "tiny.mps"
    path.write_text(MPS.format(**change))
    with pytest.raises(ValueError, match="is not a whole number"):
        read_mps(path)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read as an MPS file"):
        read_mps(tmp_path / "absent.mps")


def test_a_protocol_is_all_that_a_solver_needs() -> None:
    def gives_up(model: Milp, *, time_limit_s: float, hint: Mapping[str, int] | None = None) -> Result[dict[str, int]]:
        return Result(Status.UNKNOWN, "gives up")

    solver: MilpSolver = gives_up
    assert solver(Milp("none"), time_limit_s=0.0).status is Status.UNKNOWN
