"""Why there is no solution: sets of constraints that cannot hold together, and sets whose loss helps."""

from collections.abc import Callable, Iterable, Sequence


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


def minimal_hitting_sets(sets: Iterable[frozenset[str]], limit: int) -> tuple[tuple[frozenset[str], ...], bool]:
    """Return the minimal sets that share a member with every given one, and whether these are all of them.

    Of all minimal corrections of a problem (sets of constraints whose loss makes it feasible) these are all its minimal
    conflicts, and the other way round (Reiter 1987). By Berge's algorithm: one given set after the other. Where more
    than `limit` sets would have to be held at once, those of fewest members are, and what is returned hits every given
    set, if not always minimally.
    """
    found, are_all = [frozenset[str]()], True
    for one in sorted(sets, key=lambda names: (len(names), sorted(names))):
        hitting = [names for names in found if names & one]
        grown = {names | {name} for names in found if not names & one for name in one}
        new = [names for names in grown if not any(other <= names for other in hitting)]
        found = sorted((*hitting, *new), key=lambda names: (len(names), sorted(names)))
        are_all, found = are_all and len(found) <= limit, found[:limit]
    return tuple(found), are_all
