"""The README's file map is the one of now."""

from tests.architecture.file_map import ROOT, file_map, first_line, with_map


def test_the_file_map_is_fresh() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert with_map(readme) == readme, "run `python -m tests.architecture.file_map`"


def test_every_module_says_what_it_is() -> None:
    assert "|  |" not in file_map()
    assert first_line(ROOT / "solvers" / "search.py").startswith("Heuristic search")
