"""Pins that matter: what must not be installed, what must not be older, and what must not be imported early."""

import importlib.metadata
import importlib.util
import subprocess
import sys

import pytest
from packaging.version import Version


def test_highspy_is_not_installed() -> None:
    # With ortools in one process its imports fail, and PuLP loads it whenever it is there.
    assert importlib.util.find_spec("highspy") is None


@pytest.mark.parametrize(
    ("package", "floor", "ceiling"),
    [
        ("pulp", "3.3.2", "4"),
        ("ortools", "9.14", "10"),
        ("pydantic", "2.10", "3"),
        ("rapidfuzz", "3.10", "4"),
        ("numba", "0.62", "1"),
        ("numpy", "2", "3"),
        ("pyarrow", "18", "100"),
        ("gymnasium", "1", "2"),
        ("torch", "2.11", "2.14"),
        ("lightning", "2.6.6", "3"),
        ("safetensors", "0.5", "1"),
    ],
)
def test_versions_are_within_what_was_tried(package: str, floor: str, ceiling: str) -> None:
    assert Version(floor) <= Version(importlib.metadata.version(package)) < Version(ceiling)


def imported_by(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return {name.split(".")[0] for name in done.stdout.splitlines()[-1].split()}


def test_planning_imports_no_learning_library_and_no_llm_client() -> None:
    assert not imported_by("import planning.travel, solvers") & {"torch", "lightning", "openai", "rich", "data"}


def test_traces_need_nothing_but_numpy_numba_and_pyarrow() -> None:
    # A GPU machine may have no more than these, torch and Lightning.
    rooms = "import data.generation, data.shards, data.token_cache, data.decoding, planning.domains, planning.reading"
    missing = {"torch", "lightning", "rich", "pydantic", "ortools", "pulp", "gymnasium", "matplotlib", "rapidfuzz"}
    assert not imported_by(rooms) & (missing | {"airportsdata", "icalendar"})


def test_help_imports_nothing_heavy() -> None:
    show = (
        "from twofold.cli import main\nimport contextlib\nwith contextlib.suppress(SystemExit):\n    main(['--help'])"
    )
    assert not imported_by(show) & {"ortools", "pulp", "pydantic", "numpy", "rich", "torch", "numba", "pyarrow"}
