"""The front door: the command line. It composes the rooms and holds no logic of its own."""
