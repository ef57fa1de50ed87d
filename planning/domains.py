"""The domains by name."""

from collections.abc import Mapping
from typing import Any

from planning.domain import Domain
from planning.tiles import TilesDomain

DOMAINS: Mapping[str, Domain[Any, Any]] = {domain.name: domain for domain in (TilesDomain(),)}
