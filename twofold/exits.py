"""The exit codes of every command."""

DONE = 0
USAGE = 2
INFEASIBLE = 3
NOT_UNDERSTOOD = 4
TIME_LIMIT = 5
INTERRUPTED = 130
