"""Sokoban at compiled speed: the searches and the trace data of `Domain`, with the same events.

`fits` and `can_draw` tell what can be done here; for the rest, there is the plain search.
"""

from planning.sokoban.drawing import can_draw, draw_traces
from planning.sokoban.kernel_level import fits
from planning.sokoban.kernel_memory import MOST_BYTES
from planning.sokoban.kernel_search import search

__all__ = ["MOST_BYTES", "can_draw", "draw_traces", "fits", "search"]
