"""The kernels without their compilation: the same laws, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

FILES = [f"tests/planning/test_differential_{name}.py" for name in ("maze", "sokoban")]


def test_the_edge_cases_hold_without_compilation() -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-k",
        "edge_case and not between",
        *FILES,
    ]
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    run = subprocess.run(
        command, cwd=Path(__file__).parents[2], env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout
    assert " passed" in run.stdout
