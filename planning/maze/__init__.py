"""Mazes: grids on which to walk from a start to a goal."""

from planning.maze.domain import MazeDomain
from planning.maze.problem import Maze

__all__ = ["Maze", "MazeDomain"]
