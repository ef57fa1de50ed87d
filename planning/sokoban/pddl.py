"""Sokoban as PDDL (McDermott et al. 1998), for planners that know nothing of Sokoban; an optimal plan is move-optimal.

Cells are the objects; `next` says which cell lies in which direction of which, and walls are the cells that are not
there. Each action is one step of the worker and costs 1, and its last argument is the action's name in `Sokoban`.
"""

from collections.abc import Iterator, Sequence

from planning.moves import MOVES
from planning.sokoban.problem import Sokoban

_DOMAIN = """\
(define (domain sokoban)
  (:requirements :strips :typing)
  (:types cell direction - object)
  (:constants {directions} - direction)
  (:predicates
    (next ?here ?there - cell ?way - direction)
    (worker ?here - cell)
    (box ?here - cell)
    (clear ?here - cell))
  (:action walk
    :parameters (?here ?there - cell ?way - direction)
    :precondition (and (worker ?here) (next ?here ?there ?way) (clear ?there))
    :effect (and (worker ?there) (not (worker ?here))))
  (:action push
    :parameters (?here ?there ?beyond - cell ?way - direction)
    :precondition (and (worker ?here) (next ?here ?there ?way) (box ?there) (next ?there ?beyond ?way) (clear ?beyond))
    :effect (and (worker ?there) (not (worker ?here)) (box ?beyond) (not (box ?there)) (clear ?there)
      (not (clear ?beyond)))))
"""


def domain_pddl() -> str:
    """Return the rules, in STRIPS with types: `clear` is a cell without a box, whether or not the worker is there."""
    return _DOMAIN.format(directions=" ".join(MOVES))


def problem_pddl(problem: Sokoban, name: str = "level") -> str:
    """Return one level; its free cells become the objects `c<x>-<y>`, and its goal is a box on every dock."""
    free = [cell for cell, wall in enumerate(problem.walls) if not wall]
    worker, boxes = problem.initial[0], problem.initial[1:]
    facts = [
        f"(worker {_object(problem, worker)})",
        *(f"(box {_object(problem, box)})" for box in boxes),
        *(f"(clear {_object(problem, cell)})" for cell in free if cell not in boxes),
        *_adjacency(problem, free),
    ]
    objects = " ".join(_object(problem, cell) for cell in free)
    goal = " ".join(f"(box {_object(problem, dock)})" for dock in problem.docks)
    lines = (
        f"(define (problem {name})",
        "  (:domain sokoban)",
        f"  (:objects {objects} - cell)",
        *("  (:init", *(f"    {fact}" for fact in facts), "  )"),
        f"  (:goal (and {goal})))",
    )
    return "\n".join(lines) + "\n"


def _object(problem: Sokoban, cell: int) -> str:
    return f"c{cell % problem.width}-{cell // problem.width}"


def _adjacency(problem: Sokoban, free: Sequence[int]) -> Iterator[str]:
    for cell in free:
        for way, (dx, dy) in MOVES.items():
            there = problem.neighbour(cell, dx, dy)
            if there is not None:
                yield f"(next {_object(problem, cell)} {_object(problem, there)} {way})"
