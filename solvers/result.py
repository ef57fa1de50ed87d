"""What a solver answers, and what a verifier says of an answer."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

T = TypeVar("T")


class Status(StrEnum):
    """How much a solver knows. An unsolvable problem is an answer, not an exception."""

    OPTIMAL = "OPTIMAL"
    FEASIBLE = "FEASIBLE"
    INFEASIBLE = "INFEASIBLE"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Result(Generic[T]):
    """One answer of one solver.

    `solution` and `cost` are there exactly when the status is OPTIMAL or FEASIBLE; `bound` is a proven lower bound
    on the cost of every solution (equal to `cost` when OPTIMAL), or None where none is known.
    `seconds` is wall time; `stats` holds the solver's own counters by name. `solver` found the solution, and `prover`
    proved the bound (None: the same).
    """

    status: Status
    solver: str
    solution: T | None = None
    cost: int | None = None
    bound: int | None = None
    seconds: float = 0.0
    stats: dict[str, float] = field(default_factory=dict)
    prover: str | None = None

    def __post_init__(self) -> None:
        """Refuse an answer that contradicts itself."""
        solved = self.status in (Status.OPTIMAL, Status.FEASIBLE)
        if solved != (self.solution is not None) or solved != (self.cost is not None):
            raise ValueError(f"a Result is {self.status.value} exactly with or without a solution and its cost")
        if self.status is Status.OPTIMAL and self.bound != self.cost:
            raise ValueError(f"an OPTIMAL Result has bound == cost, not {self.bound} and {self.cost}")

    @property
    def gap(self) -> float | None:
        """Return (cost − bound) / max(1, |cost|), or None where cost or bound is unknown."""
        if self.cost is None or self.bound is None:
            return None
        return (self.cost - self.bound) / max(1, abs(self.cost))


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule: its name, and a sentence with the values that break it."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verifier says of a plan: its recomputed cost and every rule it breaks."""

    cost: int | None
    violations: tuple[Violation, ...] = ()

    @property
    def valid(self) -> bool:
        """Tell whether no rule is broken."""
        return not self.violations
