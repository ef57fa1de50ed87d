"""Sokoban: push every box onto a dock."""

from planning.sokoban.domain import SokobanDomain
from planning.sokoban.problem import Sokoban, State

__all__ = ["Sokoban", "SokobanDomain", "State"]
