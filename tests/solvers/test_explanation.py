"""A minimal conflict contradicts itself, and no longer does without any one of its members."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers.explanation import minimal_conflict, minimal_hitting_sets

NAMES = tuple("abcdefgh")
conflicts = st.lists(st.frozensets(st.sampled_from(NAMES), min_size=0, max_size=4), min_size=1, max_size=6)


@given(conflicts)
def test_the_conflict_is_infeasible_and_minimal(cores: list[frozenset[str]]) -> None:
    """Any family of sets defines a monotone oracle: infeasible is what contains one of them."""
    asked: list[frozenset[str]] = []

    def is_infeasible(kept: frozenset[str]) -> bool:
        asked.append(kept)
        return any(core <= kept for core in cores)

    conflict = minimal_conflict(NAMES, is_infeasible)
    assert len(asked) <= len(NAMES)
    assert is_infeasible(frozenset(conflict))
    assert all(not is_infeasible(frozenset(conflict) - {name}) for name in conflict)
    assert list(conflict) == [name for name in NAMES if name in conflict]
    assert (conflict == ()) == (frozenset() in cores)


@given(conflicts, st.sets(st.integers(0, 7)))
def test_what_is_not_known_stays_in_the_conflict(cores: list[frozenset[str]], silent: set[int]) -> None:
    """An oracle that says False where it does not know gives a conflict all the same, if not always a minimal one."""
    count = iter(range(100))

    def is_infeasible(kept: frozenset[str]) -> bool:
        return next(count) not in silent and any(core <= kept for core in cores)

    conflict = frozenset(minimal_conflict(NAMES, is_infeasible))
    assert any(core <= conflict for core in cores)


def test_the_first_names_are_given_up_first() -> None:
    """Of two conflicts the one of the later names is found: the caller lists the softest constraints first."""
    assert minimal_conflict(("a", "b", "c"), lambda kept: bool(kept & {"a", "c"})) == ("c",)


@pytest.mark.parametrize("names", [(), ("a",)])
def test_a_problem_that_nothing_can_save_has_an_empty_conflict(names: tuple[str, ...]) -> None:
    assert minimal_conflict(names, lambda _: True) == ()


# Hitting sets

families = st.lists(st.frozensets(st.sampled_from(NAMES[:6]), min_size=1, max_size=4), max_size=6)


def minimal(sets: list[frozenset[str]]) -> set[frozenset[str]]:
    return {one for one in sets if not any(other < one for other in sets)}


@given(families)
def test_hitting_sets_are_all_minimal_ones_that_enumeration_finds(family: list[frozenset[str]]) -> None:
    found, are_all = minimal_hitting_sets(family, 1000)
    everything = [frozenset(some) for size in range(7) for some in combinations(NAMES[:6], size)]
    assert set(found) == minimal([some for some in everything if all(some & one for one in family)])
    assert len(set(found)) == len(found)
    assert are_all


@given(families)
def test_what_hits_all_hitting_sets_is_the_family_again(family: list[frozenset[str]]) -> None:
    once, _ = minimal_hitting_sets(family, 1000)
    twice, _ = minimal_hitting_sets(once, 1000)
    assert set(twice) == minimal(family)


@given(families, st.integers(1, 3))
def test_with_a_limit_every_set_hits_and_what_is_missing_is_admitted(family: list[frozenset[str]], limit: int) -> None:
    found, are_all = minimal_hitting_sets(family, limit)
    everything, _ = minimal_hitting_sets(family, 1000)
    assert len(found) <= limit
    assert all(some & one for some in found for one in family)
    assert set(found) == set(everything) if are_all else True
    assert are_all or len(found) <= limit


def test_the_order_does_not_depend_on_that_of_the_family() -> None:
    family = [frozenset("ab"), frozenset("bc"), frozenset("cd")]
    found, _ = minimal_hitting_sets(family, 10)
    assert found == minimal_hitting_sets(family[::-1], 10)[0]
    assert found == tuple(map(frozenset, ("ac", "bc", "bd")))
