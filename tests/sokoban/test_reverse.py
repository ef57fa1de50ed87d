"""Reverse play: its levels are solvable, and as hard as it says."""

import pytest

from planning.sokoban.domain import SokobanDomain
from planning.sokoban.problem import Sokoban
from planning.sokoban.reverse import carve, cells_of, flood, pull_away, regions
from planning.sokoban.sampling import draw_cells, interior, walled
from solvers.chance import SplitMix, derive
from solvers.result import Status
from solvers.verifier import verify
from tests.sokoban.state_graph import distances

DOMAIN = SokobanDomain()


def draw(size: int, count: int, seed: int = 0, **options: int) -> list[Sokoban]:
    sampling = DOMAIN.sampling(size, "reverse", options)
    generate = DOMAIN.generators["reverse"]
    return [level for number in range(count) for level in generate(sampling, SplitMix(derive(seed, number)))]


@pytest.mark.parametrize(("size", "boxes", "count"), [(5, 1, 20), (6, 2, 20), (7, 2, 20), (7, 3, 6)])
def test_every_level_is_solvable(size: int, boxes: int, count: int) -> None:
    levels = draw(size, count, boxes=boxes)
    assert len(levels) == count
    for level in levels:
        assert len(level.docks) == boxes
        assert not set(level.docks) & set(level.initial[1:]), "no box starts on a dock"
        result = DOMAIN.search(level, heuristic="matching", record=False).result
        assert result.status is Status.OPTIMAL
        assert result.solution is not None
        assert verify(level, result.solution.actions).cost == result.cost


def test_large_levels_are_solvable_too() -> None:
    for level in draw(10, 2, boxes=4):
        assert DOMAIN.search(level, heuristic="matching", record=False).result.status is Status.OPTIMAL


def test_levels_are_hard() -> None:
    costs = [DOMAIN.search(level, heuristic="matching").result.cost for level in draw(7, 20, seed=1)]
    easy = [DOMAIN.search(level, heuristic="matching").result.cost for level in sampled(20)]
    assert sum(filter(None, costs)) > 1.3 * sum(filter(None, easy))


def sampled(count: int) -> list[Sokoban]:
    sampling = DOMAIN.sampling(7, "paper")
    return [level for n in range(count) for level in DOMAIN.generators["paper"](sampling, SplitMix(derive(3, n)))]


def test_a_position_is_as_many_pushes_away_as_there_are_pulls_and_none_is_farther() -> None:
    """By brute force over all placements of the boxes, and of the worker, in small rooms."""
    size, num_found = 6, 0
    for seed in (*range(10), 47, 63, 81):  # in the last, it matters on which side of the boxes the worker is
        chance = SplitMix(seed)
        floor = carve(size, 9, chance)
        docks = draw_cells(cells_of(floor), 2, chance)
        walls = walled(size, [cell for cell in interior(size) if not floor >> cell & 1])
        pushes = {
            start: distances(Sokoban(size, size, walls, tuple(sorted(docks)), start), pushes_only=True)[start]
            for start in placements(floor, docks)
        }
        pulled = pull_away(floor, docks, size, chance)
        assert pulled.num_pulls == max((left or 0 for left in pushes.values()), default=0)
        assert (pulled.position is None) == (pulled.num_pulls == 0)
        if pulled.position is not None:
            num_found += 1
            boxes, reach = (cells_of(cells) for cells in pulled.position)
            assert {pushes[worker, boxes[0], boxes[1]] for worker in reach} == {pulled.num_pulls}
    assert num_found >= 8


def placements(floor: int, docks: list[int]) -> list[tuple[int, int, int]]:
    cells = cells_of(floor)
    free = [cell for cell in cells if cell not in docks]
    pairs = [(a, b) for a in free for b in free if a < b]
    return [(worker, a, b) for a, b in pairs for worker in cells if worker not in (a, b)]


def test_rooms_are_connected_and_about_half_floor() -> None:
    shares = []
    for seed in range(100):
        floor = carve(10, 17, SplitMix(seed))
        assert regions(floor, 10) == [floor]
        assert set(cells_of(floor)) <= set(interior(10))
        shares.append(floor.bit_count() / 64)
    assert 0.4 <= sum(shares) / 100 <= 0.6
    assert max(shares) < 0.75
    assert len(set(shares)) > 10


def test_flood_reaches_what_is_connected_and_nothing_else() -> None:
    room = ["#####", "# # #", "# # #", "#####"]
    free = sum(1 << y * 5 + x for y, row in enumerate(room) for x, cell in enumerate(row) if cell == " ")
    assert cells_of(flood(1 << 6, free, 5)) == [6, 11]
    assert [cells_of(part) for part in regions(free, 5)] == [[6, 11], [8, 13]]


def test_a_level_depends_on_its_stream_alone() -> None:
    assert draw(8, 3, seed=9) == draw(8, 3, seed=9)
    assert len(set(draw(7, 30))) == 30


def test_boxes_that_cannot_leave_their_docks_give_no_level_or_one_where_they_did() -> None:
    for level in draw(6, 8, boxes=3):
        assert not set(level.docks) & set(level.initial[1:])


@pytest.mark.parametrize(("size", "boxes"), [(5, 3), (7, 7), (30, 10**9)])
def test_what_can_never_fit_is_refused(size: int, boxes: int) -> None:
    with pytest.raises(ValueError, match="fewer boxes, or a larger size"):
        DOMAIN.sampling(size, "reverse", {"boxes": boxes})
