"""One model, translated once and asked many questions: rows that can be given up, totals, bounds that move (CP-SAT)."""

import time
from collections.abc import Iterable, Mapping
from typing import Any

from ortools.sat.python import cp_model

from solvers.milp import AT_LEAST, AT_MOST, Milp, Term, Values, new_cpsat, solve_interruptibly
from solvers.result import Result, Status


class Session:
    """A model that stays, under bounds that change from one question to the next. Exact integers, one worker.

    A row that has an owner holds only while its owner is kept: the owner is one more 0/1 variable, 1 where it is kept.
    Totals are further variables. All of them, and the model's own, are spoken of by name.
    """

    def __init__(self, model: Milp, owners: Mapping[str, str] | None = None) -> None:
        """Translate a model; `owners` maps names of rows to names of owners."""
        self._target = cp_model.CpModel()
        self._variables: dict[str, Any] = {}
        for variable in model.problem.variables():
            self._add(variable.name, int(variable.lowBound), int(variable.upBound))
        owners = owners or {}
        self.owners = tuple(dict.fromkeys(owners.values()))
        for name in self.owners:
            self._add(name, 0, 1)
        for row in model.rows():
            right = -int(row.constant)
            low = right if row.sense != AT_MOST else cp_model.INT_MIN
            high = right if row.sense != AT_LEAST else cp_model.INT_MAX
            terms = self._sum((v.name, int(coefficient)) for v, coefficient in row.items())
            added = self._target.add_linear_constraint(terms, low, high)
            if row.name in owners:
                added.only_enforce_if(self._variables[owners[row.name]])

    def total(self, name: str, terms: Iterable[Term], most: int) -> None:
        """Add a variable, from 0 to `most`, that is a sum of terms."""
        self._add(name, 0, most)
        self._target.add(self._sum((v.name, coefficient) for v, coefficient in terms) == self._variables[name])

    def any_of(self, names: Iterable[str]) -> None:
        """Demand from now on that at least one of these 0/1 variables is 1."""
        self._target.add_bool_or([self._variables[name] for name in names])

    def any_at_most(self, limits: Mapping[str, int]) -> None:
        """Demand from now on that at least one of these variables is at most its limit."""
        chosen = []
        for name, limit in limits.items():
            chosen.append(self._add(f"{name} at most {limit}, {len(self._variables)}", 0, 1))
            self._target.add(self._variables[name] <= limit).only_enforce_if(chosen[-1])
        self._target.add_bool_or(chosen)

    def bound(self, name: str, low: int, high: int) -> None:
        """Let a variable be from `low` to `high` from now on."""
        domain = self._target.proto.variables[self._variables[name].index].domain
        domain[0], domain[1] = low, high

    def solve(self, objective: Mapping[str, int], time_limit_s: float) -> Result[Values]:
        """Minimise a weighted sum of variables; the solution has owners and totals as well."""
        started = time.perf_counter()
        self._target.minimize(self._sum(objective.items()))
        solver = new_cpsat(time_limit_s)
        # Totals with bounds want all rows in the relaxation: fronts are found several times faster (see LOG.md).
        solver.parameters.linearization_level = 2
        status = solve_interruptibly(solver, self._target)
        values = cost = bound = None
        if status in (Status.OPTIMAL, Status.FEASIBLE):
            values = dict(zip(self._variables, solver.response_proto.solution, strict=True))
            cost = sum(weight * values[name] for name, weight in objective.items())
            bound = cost if status is Status.OPTIMAL else None
        return Result(status, "cp-sat", values, cost, bound, time.perf_counter() - started)

    def _add(self, name: str, low: int, high: int) -> Any:
        if name in self._variables:
            raise ValueError(f"two variables are called {name!r}")
        self._variables[name] = self._target.new_int_var(low, high, name)
        return self._variables[name]

    def _sum(self, terms: Iterable[tuple[str, int]]) -> Any:
        pairs = list(terms)
        return cp_model.LinearExpr.weighted_sum([self._variables[n] for n, _ in pairs], [c for _, c in pairs])


def solve_tightly(model: Milp, *, time_limit_s: float, hint: Mapping[str, int] | None = None) -> Result[Values]:
    """Solve by CP-SAT as a session does, with every row in the linear relaxation; a hint is of no use to it."""
    del hint
    objective = {variable.name: int(weight) for variable, weight in model.problem.objective.items()}
    return Session(model).solve(objective, time_limit_s)
