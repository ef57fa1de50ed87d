"""Why there is no solution: a minimal set of constraints that cannot hold together."""

from collections.abc import Callable, Sequence


def minimal_conflict(names: Sequence[str], is_infeasible: Callable[[frozenset[str]], bool]) -> tuple[str, ...]:
    """Return a minimal subset of `names` whose constraints contradict each other, by a deletion filter.

    `is_infeasible(kept)` says whether the problem with just those constraints has no solution; it must be monotone
    (more constraints never help) and true for all names, and it answers False where it does not know. The subset is
    infeasible, and feasible (or unknown) without any one of its members. At most len(names) questions are asked; the
    empty tuple means that the problem has no solution whatever is given up.
    """
    kept = list(names)
    for name in names:
        rest = [other for other in kept if other != name]
        if is_infeasible(frozenset(rest)):
            kept = rest
    return tuple(kept)
