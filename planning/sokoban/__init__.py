"""Sokoban: push every box onto a dock."""
