"""Mixed-integer linear models with integer data, in PuLP, and the solvers that take them. PuLP stays in this module."""

import logging
import math
import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

import pulp
from ortools.sat.python import cp_model

from solvers.result import Result, Status

Values = dict[str, int]
Term = tuple["pulp.LpVariable", int]

MAX_NAME_CHARS = 1000
AT_MOST: int = pulp.LpConstraintLE
AT_LEAST: int = pulp.LpConstraintGE
EQUAL: int = pulp.LpConstraintEQ

_log = logging.getLogger(__name__)


class Milp:
    """A minimisation over bounded integer variables with integer coefficients; every variable and row has a name.

    Names are for people and for explanations. Keep them unique, and to letters, digits, `_`, `.`, `(`, `)` and `,`.
    """

    def __init__(self, name: str) -> None:
        self.problem = pulp.LpProblem(name, pulp.LpMinimize)
        self.problem.setObjective(pulp.LpAffineExpression())

    def binary(self, name: str) -> "pulp.LpVariable":
        """Return a new 0/1 variable."""
        return self.problem.add_variable(name, 0, 1, pulp.LpInteger)

    def integer(self, name: str, low: int, high: int) -> "pulp.LpVariable":
        """Return a new integer variable with low ≤ value ≤ high."""
        return self.problem.add_variable(name, low, high, pulp.LpInteger)

    def add(self, name: str, terms: Iterable[Term], sense: int, constant: int) -> None:
        """Add the row Σ coefficient · variable (AT_MOST, EQUAL or AT_LEAST) constant; equal variables are summed."""
        self.problem.addConstraint(pulp.LpConstraint(_sum(terms), sense, name, constant))

    def minimise(self, terms: Iterable[Term]) -> None:
        """Set the objective, replacing the one before."""
        self.problem.setObjective(_sum(terms))

    @property
    def num_variables(self) -> int:
        """Return the number of variables that occur in a row or in the objective."""
        return int(self.problem.numVariables())

    @property
    def num_rows(self) -> int:
        """Return the number of rows."""
        return int(self.problem.numConstraints())

    def rows(self) -> "list[pulp.LpConstraint]":
        """Return the rows in the order in which they were added."""
        return list(self.problem.constraints())

    def cost_of(self, values: Mapping[str, int]) -> int:
        """Return the objective value of an assignment, in exact integers."""
        return sum(int(coefficient) * values[v.name] for v, coefficient in self.problem.objective.items())

    def broken_rows(self, values: Mapping[str, int]) -> list[str]:
        """Return the names of the rows and bounds that an assignment breaks, in exact integers."""
        broken = [v.name for v in self.problem.variables() if not v.lowBound <= values[v.name] <= v.upBound]
        for row in self.rows():
            total = sum(int(coefficient) * values[v.name] for v, coefficient in row.items()) + int(row.constant)
            if (total > 0 and row.sense != AT_LEAST) or (total < 0 and row.sense != AT_MOST):
                broken.append(row.name)
        return broken

    def write_lp(self, path: Path) -> None:
        """Write the model in LP format."""
        self.problem.writeLP(str(path), max_length=MAX_NAME_CHARS)


def _sum(terms: Iterable[Term]) -> "pulp.LpAffineExpression":
    total: dict[pulp.LpVariable, int] = {}
    for variable, coefficient in terms:
        total[variable] = total.get(variable, 0) + coefficient
    return pulp.LpAffineExpression(total)


def read_mps(path: Path) -> Milp:
    """Read a minimisation with bounded integer variables and integer data from an MPS file.

    A row that is bounded on both sides becomes two rows.

    Raises:
        ValueError: The file is no MPS file, or holds a fraction or an unbounded variable.
    """
    from ortools.linear_solver.python.model_builder import Model  # noqa: PLC0415  (0.3 s, and needed here only)

    source = Model()
    if not path.is_file() or not source.import_from_mps_file(str(path)):
        raise ValueError(f"{path} cannot be read as an MPS file")
    helper = source.helper
    model = Milp(path.stem)
    variables = []
    costs = []
    for i in range(helper.num_variables()):
        low, high = _whole(helper.var_lower_bound(i), path), _whole(helper.var_upper_bound(i), path)
        variables.append(model.integer(helper.var_name(i) or f"x{i}", low, high))
        costs.append((variables[-1], _whole(helper.var_objective_coefficient(i), path)))
    model.minimise(costs)
    for i in range(helper.num_constraints()):
        name = helper.constraint_name(i) or f"r{i}"
        columns = zip(helper.constraint_var_indices(i), helper.constraint_coefficients(i), strict=True)
        terms = [(variables[j], _whole(coefficient, path)) for j, coefficient in columns]
        least, most = helper.constraint_lower_bound(i), helper.constraint_upper_bound(i)
        if least == most:
            model.add(name, terms, EQUAL, _whole(least, path))
            continue
        if math.isfinite(least):
            model.add(f"{name}_low", terms, AT_LEAST, _whole(least, path))
        if math.isfinite(most):
            model.add(f"{name}_high", terms, AT_MOST, _whole(most, path))
    return model


def _whole(number: float, path: Path) -> int:
    if not math.isfinite(number) or number != round(number):
        raise ValueError(f"{path}: {number} is not a whole number; only bounded integer models can be solved exactly")
    return round(number)


class MilpSolver(Protocol):
    """A function from a model to a Result whose solution maps variable names to integers."""

    def __call__(self, model: Milp, *, time_limit_s: float, hint: Mapping[str, int] | None = None) -> Result[Values]:
        """Minimise; `hint` is a (possibly partial) assignment to start from. One worker, deterministic in the model."""


def solve_cpsat(model: Milp, *, time_limit_s: float, hint: Mapping[str, int] | None = None) -> Result[Values]:
    """Solve by CP-SAT: exact integer arithmetic, one worker, fixed seed."""
    started = time.perf_counter()
    target = cp_model.CpModel()
    index = {}
    for variable in model.problem.variables():
        index[variable] = target.new_int_var(int(variable.lowBound), int(variable.upBound), variable.name)
        if hint is not None and variable.name in hint:
            target.add_hint(index[variable], hint[variable.name])
    for row in model.rows():
        expression = cp_model.LinearExpr.weighted_sum([index[v] for v in row], [int(c) for c in row.values()])
        right = -int(row.constant)
        low = right if row.sense != AT_MOST else cp_model.INT_MIN
        high = right if row.sense != AT_LEAST else cp_model.INT_MAX
        target.add_linear_constraint(expression, low, high)
    objective = model.problem.objective
    target.minimize(
        cp_model.LinearExpr.weighted_sum([index[v] for v in objective], [int(c) for c in objective.values()])
    )
    solver = new_cpsat(time_limit_s)
    status = solve_interruptibly(solver, target)
    values = None
    if status in (Status.OPTIMAL, Status.FEASIBLE):
        values = {variable.name: solver.value(index[variable]) for variable in index}
    bound = math.ceil(solver.best_objective_bound - 1e-6) if values is not None else None
    stats = {"branches": float(solver.num_branches), "conflicts": float(solver.num_conflicts)}
    seconds = time.perf_counter() - started
    return _answer(model, "cp-sat", status, values, bound=bound, seconds=seconds, stats=stats)


_STATUS = {
    int(cp_model.OPTIMAL): Status.OPTIMAL,
    int(cp_model.FEASIBLE): Status.FEASIBLE,
    int(cp_model.INFEASIBLE): Status.INFEASIBLE,
}


def new_cpsat(time_limit_s: float) -> cp_model.CpSolver:
    """Return CP-SAT as trips want it: one worker, the same answer each time, and a limit of wall time."""
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    # Trip models gain nothing from probing, symmetry and a second presolve, and lose time to them (see LOG.md).
    solver.parameters.cp_model_probing_level = 0
    solver.parameters.symmetry_level = 0
    solver.parameters.max_presolve_iterations = 1
    solver.parameters.max_time_in_seconds = max(0.001, time_limit_s)
    solver.parameters.catch_sigint_signal = False
    return solver


def solve_interruptibly(solver: cp_model.CpSolver, model: cp_model.CpModel) -> Status:
    """Solve in a thread: a Ctrl-C reaches the waiting main thread, which stops the search and passes it on."""
    done = threading.Event()
    codes: list[int] = []

    def run() -> None:
        try:
            codes.append(int(solver.solve(model)))
        finally:
            done.set()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        done.wait()
    except BaseException:
        solver.stop_search()
        done.wait()
        raise
    thread.join()
    return _STATUS.get(codes[0], Status.UNKNOWN)


def solve_cbc(model: Milp, *, time_limit_s: float, hint: Mapping[str, int] | None = None) -> Result[Values]:
    """Solve by the CBC that comes with PuLP: one thread, no tolerated gap. It gives no bound before optimality.

    CBC 2.10.3 can call a feasible model infeasible while it preprocesses it, so that answer is asked for once more
    without preprocessing; where CBC breaks down then, its first answer stands.
    """
    started = time.perf_counter()
    variables = model.problem.variables()
    for variable in variables:
        if hint is not None and variable.name in hint:
            variable.setInitialValue(hint[variable.name])
    # With negative variables its preprocessing can even lose the optimum; there it is only used where CBC breaks down.
    is_signed = any(variable.lowBound < 0 for variable in variables)
    status = _run_cbc(model, time_limit_s, hint is not None, ["preprocess off"] if is_signed else [])
    if is_signed and status is Status.UNKNOWN:
        status = _run_cbc(model, time_limit_s, hint is not None, [])
    if status is Status.INFEASIBLE:
        left_s = time_limit_s - (time.perf_counter() - started)
        again = _run_cbc(model, left_s, hint is not None, ["preprocess off"]) if left_s > 0 else Status.UNKNOWN
        status = status if again is Status.UNKNOWN else again
    values = None
    if status in (Status.OPTIMAL, Status.FEASIBLE):
        values = {variable.name: round(variable.varValue or 0.0) for variable in variables}
    return _answer(model, "cbc", status, values, bound=None, seconds=time.perf_counter() - started, stats={})


def _run_cbc(model: Milp, time_limit_s: float, warm_start: bool, options: list[str]) -> Status:
    """Run CBC once. It is asked for no threads: asked for one, it starts a worker and may wait for it for ever."""
    command = pulp.PULP_CBC_CMD(
        msg=False,
        timeLimit=max(1.0, time_limit_s),
        gapRel=0.0,
        warmStart=warm_start,
        options=options,
        _skip_v4_deprecation=True,
    )
    problem = model.problem
    try:
        problem.solve(command)
    except pulp.PulpSolverError as error:
        _log.warning("cbc broke down: %s", error)
        return Status.UNKNOWN
    if problem.sol_status == pulp.LpSolutionOptimal:
        return Status.OPTIMAL
    if problem.sol_status == pulp.LpSolutionIntegerFeasible:
        return Status.FEASIBLE
    return Status.INFEASIBLE if problem.status == pulp.LpStatusInfeasible else Status.UNKNOWN


def _answer(
    model: Milp,
    solver: str,
    status: Status,
    values: Values | None,
    *,
    bound: int | None,
    seconds: float,
    stats: dict[str, float],
) -> Result[Values]:
    """Trust no tolerance: an assignment that breaks a row in exact integers is no solution."""
    cost = None
    if values is not None:
        broken = model.broken_rows(values)
        if broken:
            _log.warning("%s returned an assignment that breaks %s; it is not used", solver, ", ".join(broken[:5]))
            return Result(Status.UNKNOWN, solver, seconds=seconds, stats=stats)
        cost = model.cost_of(values)
    return Result(status, solver, values, cost, cost if status is Status.OPTIMAL else bound, seconds, stats)


MILP_SOLVERS: dict[str, MilpSolver] = {"cp-sat": solve_cpsat, "cbc": solve_cbc}
