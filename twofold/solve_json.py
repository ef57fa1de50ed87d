"""`twofold solve --json`: one object with the same keys whatever the answer."""

from typing import TYPE_CHECKING, Any

from twofold.learned_options import SEARCH, SEARCHFORMER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twofold.algorithms import How
    from twofold.learned import Network
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
        "planner": None,
        "checkpoint": None,
        "guarantee": None,
        "mode": None,
        "num_samples": None,
        "temperature": None,
        "answers": [],
        "problems": list(problems),
        "seconds": {},
    }


def answered(status: str, how: "How", answers: "Sequence[dict[str, Any]]", seconds: dict[str, float]) -> dict[str, Any]:
    """Return the object for the answers to all problems of a file; `seed` is None where nothing is left to chance."""
    content = failure(status) | {
        "algorithm": how.algorithm,
        "heuristic": how.heuristic,
        "weight": how.weight,
        "seed": how.seed,
        "planner": SEARCH,
        "answers": list(answers),
        "seconds": seconds,
    }
    return content | ({} if how.network is None else _network(how.network))


def _network(network: "Network") -> dict[str, Any]:
    asked = network.asked
    return {
        "planner": SEARCHFORMER,
        "checkpoint": asked.checkpoint,
        "guarantee": asked.guarantee,
        "mode": network.mode,
        "num_samples": asked.num_samples,
        "temperature": asked.temperature,
        "seed": asked.seed if asked.temperature else None,
    }


def answer_object(answer: "Answer", trace: Any) -> dict[str, Any]:
    """Return the object for one problem; `verified` tells that the verifier replayed the plan to the same cost.

    What a network wrote is None where none was to be asked; `reason` says why there is no plan of the network's.
    """
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
        "plain_expansions": answer.counter("plain_expansions"),
        "saved": answer.counter("saved"),
        "seconds": result.seconds,
        "solver": result.solver,
        "found_by": answer.found_by,
        "proved_by": answer.proved_by,
        "tokens": answer.counter("tokens"),
        "samples": answer.counter("samples"),
        "valid_samples": answer.counter("valid"),
        "proposed": answer.counter("proposed"),
        "reason": None if answer.planned is None else answer.planned.reason,
        "trace": trace,
    }
