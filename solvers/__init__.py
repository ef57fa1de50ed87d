"""How one solves: results and verdicts, MILP models and their solvers, certification, explanation. Knows no domain."""

from solvers.result import Result, Status, Verdict, Violation

__all__ = ["Result", "Status", "Verdict", "Violation"]
