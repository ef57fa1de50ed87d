"""The domains by name."""

from collections.abc import Mapping
from typing import Any

from planning.domain import Domain
from planning.maze.domain import MazeDomain
from planning.sokoban.domain import SokobanDomain
from planning.tiles import TilesDomain

_ALL: tuple[Domain[Any, Any], ...] = (MazeDomain(), MazeDomain(diagonal=True), SokobanDomain(), TilesDomain())
DOMAINS: Mapping[str, Domain[Any, Any]] = {domain.name: domain for domain in _ALL}
