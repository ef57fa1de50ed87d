"""Sokoban by brute force: all states of a number of steps at once, on cells as complex numbers."""

from planning.sokoban.problem import Sokoban

STEPS = (1, -1, 1j, -1j)
Position = tuple[complex, frozenset[complex]]


def fewest_steps(level: Sokoban) -> int | None:
    """Return how many steps of the worker bring every box onto a dock, or None where nothing does."""
    floor = {complex(*divmod(cell, level.width)[::-1]) for cell, wall in enumerate(level.walls) if not wall}
    docks, worker, *boxes = level.docks, *level.initial
    target = {complex(*divmod(dock, level.width)[::-1]) for dock in docks}
    cells = [complex(*divmod(cell, level.width)[::-1]) for cell in (worker, *boxes)]
    now: set[Position] = {(cells[0], frozenset(cells[1:]))}
    seen, steps = set(now), 0
    while now:
        if any(not loose - target for _, loose in now):
            return steps
        now = {child for position in now for child in _children(position, floor)} - seen
        seen |= now
        steps += 1
    return None


def _children(position: Position, floor: set[complex]) -> list[Position]:
    worker, boxes = position
    children = []
    for step in STEPS:
        ahead, beyond = worker + step, worker + 2 * step
        if ahead in boxes and beyond in floor - boxes:
            children.append((ahead, boxes - {ahead} | {beyond}))
        elif ahead in floor - boxes:
            children.append((ahead, boxes))
    return children
