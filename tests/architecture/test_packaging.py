"""The wheel holds the five rooms and nothing else, and every module of it imports from anywhere."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = {"planning", "solvers", "searchformer", "data", "twofold"}

IMPORT_ALL = """
import importlib, pathlib, sys, zipfile
names = zipfile.ZipFile(sys.argv[1]).namelist()
modules = sorted(name[:-3].replace("/", ".").removesuffix(".__init__") for name in names if name.endswith(".py"))
for name in modules:
    if not name.endswith("__main__"):
        module = importlib.import_module(name)
        assert "site-packages" in module.__file__, module.__file__
for name in ("tests", "benchmarks"):
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        continue
    raise AssertionError(f"{name} is installed")
print(len(modules))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return next(out.glob("*.whl"))


def test_wheel_holds_the_rooms_with_types_and_licence(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == ROOMS
    assert {f"{room}/py.typed" for room in ROOMS} <= set(names)
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_every_module_imports_from_a_fresh_environment(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "venv"
    venv.create(home, with_pip=False)
    install = [sys.executable, "-m", "pip", "--python", str(home), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True, capture_output=True, timeout=120)
    # The dependencies come from the environment that runs the tests; only Twofold itself has to come from the wheel.
    libraries = os.pathsep.join(path for path in sys.path if path.endswith("site-packages"))
    environment = {**os.environ, "PYTHONPATH": libraries}
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for command in (
        [str(home / "bin" / "python"), "-W", "error", "-c", IMPORT_ALL, str(wheel)],
        [str(home / "bin" / "twofold"), "--version"],
    ):
        done = subprocess.run(
            command, cwd=elsewhere, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr


def test_a_foreign_data_package_is_named(tmp_path: Path) -> None:
    (tmp_path / "data.py").write_text("mine = True\n")
    done = subprocess.run(
        [sys.executable, "-c", "import searchformer"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert str(tmp_path / "data.py") in done.stderr
    assert "rename" in done.stderr
