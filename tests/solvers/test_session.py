"""A session answers each question as a model made for it alone would; enumeration has the last word."""

from collections.abc import Callable
from itertools import product
from random import Random

import pytest

from solvers.milp import AT_LEAST, AT_MOST, EQUAL, Milp, Values
from solvers.result import Status
from solvers.session import Session

Check = Callable[[Values], bool]
SENSES: dict[int, Callable[[int, int], bool]] = {
    AT_MOST: lambda left, right: left <= right,
    AT_LEAST: lambda left, right: left >= right,
    EQUAL: lambda left, right: left == right,
}


class Model:
    """A random model of four variables from 0 to 2, two of whose rows have owners, and its enumeration."""

    def __init__(self, seed: int) -> None:
        rng = Random(seed)
        self.milp = Milp("random")
        self.variables = [self.milp.integer(f"x{i}", 0, 2) for i in range(4)]
        self.costs = [rng.randint(-3, 5) for _ in self.variables]
        self.rows: list[tuple[str | None, Check]] = []
        self.owners = {"r1": "first", "r2": "second", "r3": "second"}
        for number in range(4):
            self.add_row(f"r{number}", rng)

    def add_row(self, name: str, rng: Random) -> None:
        weights = [rng.randint(-3, 3) for _ in self.variables]
        sense, right = rng.choice((AT_MOST, AT_LEAST, AT_LEAST, EQUAL)), rng.randint(-3, 4)
        self.milp.add(name, [(v, w) for v, w in zip(self.variables, weights, strict=True) if w], sense, right)

        def holds(values: Values) -> bool:
            return SENSES[sense](sum(w * values[f"x{i}"] for i, w in enumerate(weights)), right)

        self.rows.append((self.owners.get(name), holds))

    def session(self) -> Session:
        session = Session(self.milp, self.owners)
        session.total("sum", [(v, 1) for v in self.variables], 100)
        return session

    def solutions(self) -> list[Values]:
        found = []
        for chosen in product(range(3), repeat=4):
            for first, second in product(range(2), repeat=2):
                values = {f"x{i}": value for i, value in enumerate(chosen)} | {"first": first, "second": second}
                if all(holds(values) for owner, holds in self.rows if owner is None or values[owner]):
                    found.append(values | {"sum": sum(chosen)})
        return found


def assert_least(session: Session, objective: dict[str, int], solutions: list[Values]) -> Values | None:
    """Ask, and compare with the least of the solutions."""
    result = session.solve(objective, 30.0)
    costs = [sum(weight * values[name] for name, weight in objective.items()) for values in solutions]
    if not costs:
        assert (result.status, result.solution) == (Status.INFEASIBLE, None)
        return None
    assert (result.status, result.cost, result.bound) == (Status.OPTIMAL, min(costs), min(costs))
    assert result.solution is not None
    assert {name: result.solution[name] for name in solutions[0]} in solutions
    return result.solution


@pytest.mark.parametrize("seed", range(25))
def test_every_question_has_the_answer_that_enumeration_finds(seed: int) -> None:
    """The same session is asked about costs, owners, moved bounds, and under demands that stay."""
    model = Model(seed)
    session, solutions = model.session(), model.solutions()
    costs = {f"x{i}": cost for i, cost in enumerate(model.costs)}
    assert session.owners == ("first", "second")
    assert_least(session, costs, solutions)
    assert_least(session, {"first": -1, "second": -1}, solutions)
    session.bound("sum", 2, 4)
    assert_least(session, costs, [v for v in solutions if 2 <= v["sum"] <= 4])
    session.bound("sum", 0, 100)
    session.bound("first", 1, 1)
    kept = [v for v in solutions if v["first"]]
    assert_least(session, costs, kept)
    session.any_of(["second"])
    demanded = [v for v in kept if v["second"]]
    best = assert_least(session, {"sum": 1000} | costs, demanded)
    if best:
        session.any_at_most({"x0": best["x0"] - 1, "x1": best["x1"] - 1})
        less = [v for v in demanded if v["x0"] < best["x0"] or v["x1"] < best["x1"]]
        assert_least(session, {"sum": 1000} | costs, less)


def test_without_time_nothing_is_claimed() -> None:
    model = Milp("hard")
    variables = [model.integer(f"x{i}", 0, 1000) for i in range(60)]
    rng = Random(0)
    for row in range(40):
        model.add(f"r{row}", [(v, rng.randint(1, 997)) for v in variables], AT_LEAST, 200_000 + rng.randrange(9999))
    result = Session(model).solve({v.name: rng.randint(1, 997) for v in variables}, 0.001)
    assert result.status in (Status.UNKNOWN, Status.FEASIBLE)
    assert result.status is Status.UNKNOWN or (result.cost is not None and result.bound is None)


def test_two_of_one_name_are_refused() -> None:
    model = Milp("twice")
    model.add("row", [(model.binary("x"), 1)], AT_LEAST, 1)
    with pytest.raises(ValueError, match="two variables are called 'x'"):
        Session(model, {"row": "x"})
