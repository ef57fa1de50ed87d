"""`twofold solve --json`: one object with the same keys whatever the answer."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twofold.algorithms import How
    from twofold.solve import Answer

SCHEMA_VERSION = 1


def failure(status: str, *problems: str) -> dict[str, Any]:
    """Return the object of an answer that is none: every key is there, and `problems` says what is wrong."""
    return {
        "schema_version": SCHEMA_VERSION,
        "status": status,
        "file": None,
        "domain": None,
        "algorithm": None,
        "heuristic": None,
        "weight": None,
        "seed": None,
        "answers": [],
        "problems": list(problems),
        "seconds": {},
    }


def answered(status: str, how: "How", answers: "Sequence[dict[str, Any]]", seconds: dict[str, float]) -> dict[str, Any]:
    """Return the object for the answers to all problems of a file; `seed` is None where ties are deterministic."""
    return failure(status) | {
        "algorithm": how.algorithm,
        "heuristic": how.heuristic,
        "weight": how.weight,
        "seed": how.seed,
        "answers": list(answers),
        "seconds": seconds,
    }


def answer_object(answer: "Answer", trace: Any) -> dict[str, Any]:
    """Return the object for one problem; `verified` tells that the verifier replayed the plan to the same cost."""
    result, verdict = answer.result, answer.verdict
    return {
        "index": answer.index,
        "status": result.status.value,
        "cost": result.cost,
        "bound": result.bound,
        "gap": result.gap,
        "plan": None if result.solution is None else list(result.solution.actions),
        "verified": None if verdict is None else verdict.valid,
        "expansions": answer.counter("expansions"),
        "created": answer.counter("created"),
        "seconds": result.seconds,
        "solver": result.solver,
        "trace": trace,
    }
