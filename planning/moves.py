"""The four moves on a grid (x to the right, y down), in the order of Searchformer (arXiv 2402.14083)."""

MOVES = {"down": (0, 1), "up": (0, -1), "left": (-1, 0), "right": (1, 0)}
