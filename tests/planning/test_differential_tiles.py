"""The search of sliding tiles against brute force from the goal, on the board as a text."""

from itertools import permutations
from random import Random

import pytest

from planning.domains import DOMAINS
from planning.tiles import TilesProblem
from tests.planning.agreement import check_searches


def distances(size: int, most: int) -> dict[str, int]:
    """Return how many moves each board is from the goal, up to a number; tiles are letters, `a` the blank."""
    goal = "".join(chr(ord("a") + tile) for tile in range(size**2))
    found, boards = {goal: 0}, [goal]
    for board in boards:
        blank = board.index("a")
        beside = [blank - size, blank + size, *([blank - 1] if blank % size else [])]
        beside += [blank + 1] if (blank + 1) % size else []
        for tile in (board[cell] for cell in beside if 0 <= cell < size**2):
            child = board.replace("a", "?").replace(tile, "a").replace("?", tile)
            if child not in found and found[board] < most:
                found[child] = found[board] + 1
                boards.append(child)
    return found


def tiles_of(board: str) -> tuple[int, ...]:
    return tuple(ord(letter) - ord("a") for letter in board)


def test_every_board_of_four_costs_what_brute_force_says() -> None:
    found = {tiles_of(board): moves for board, moves in distances(2, 99).items()}
    assert len(found) == 12
    for board in permutations(range(4)):
        check_searches(DOMAINS["tiles"], TilesProblem(2, board), found.get(board))


@pytest.mark.parametrize(("size", "most", "num"), [(3, 14, 40), (4, 9, 20)])
def test_larger_boards_cost_what_brute_force_says(size: int, most: int, num: int) -> None:
    found = distances(size, most)
    for board in Random(size).sample(sorted(found), num):
        check_searches(DOMAINS["tiles"], TilesProblem(size, tiles_of(board)), found[board])
