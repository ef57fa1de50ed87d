"""Mazes: grids with walls or weighted terrain, four or eight neighbours."""
