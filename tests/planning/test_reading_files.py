"""Files of problems: the domain is recognised or named, and whatever is wrong is said with the file's name."""

from pathlib import Path

import pytest

from planning.domains import DOMAINS
from planning.maze.problem import Maze
from planning.reading import MAX_BYTES, decoded, problems_in, read_problems

MAZE = "S.#\n..G\n"
LEVEL = "#####\n#@$.#\n#####\n"
TILES = "3 1 2\n4 0 5\n6 7 8\n"
TEXTS = {"maze": MAZE, "sokoban": LEVEL, "tiles": TILES}


def written(directory: Path, content: str | bytes, name: str = "file.txt") -> Path:
    path = directory / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(("name", "text"), TEXTS.items())
def test_the_domain_is_recognised(tmp_path: Path, name: str, text: str) -> None:
    domain, problems = read_problems(written(tmp_path, text))
    assert domain is DOMAINS[name]
    assert len(problems) == 1


@pytest.mark.parametrize(("name", "text"), TEXTS.items())
def test_whatever_a_domain_shows_is_read_as_the_same_problem(name: str, text: str) -> None:
    domain, (problem,) = problems_in(text, "")
    shown = domain.show(problem) if name != "tiles" else " ".join(map(str, problem.initial))
    assert problems_in(shown + "\n", "") == (domain, [problem])


def test_a_name_overrules_what_the_text_looks_like(tmp_path: Path) -> None:
    domain, (problem,) = read_problems(written(tmp_path, MAZE), "octile")
    assert (domain.name, problem.diagonal) == ("octile", True)


def test_windows_text_is_read(tmp_path: Path) -> None:
    windows = b"\xef\xbb\xbf" + MAZE.replace("\n", "\r\n").encode()
    assert read_problems(written(tmp_path, windows))[1] == problems_in(MAZE, "")[1]


def test_a_collection_is_read_whole_or_by_index(tmp_path: Path) -> None:
    path = written(tmp_path, f"{MAZE}\nG.S\n\n{MAZE}")
    _, problems = read_problems(path)
    assert len(problems) == 3
    for index, problem in enumerate(problems):
        assert read_problems(path, index=index)[1] == [problem]
    with pytest.raises(ValueError, match="3 problems: index 0 to 2"):
        read_problems(path, index=3)
    with pytest.raises(ValueError, match="no index -1"):
        read_problems(path, index=-1)


SCENARIOS = "version 1\n0\tm.map\t3\t2\t0\t0\t2\t1\t2.41421356\n0\tm.map\t3\t2\t0\t0\t0\t1\t1\n"
MAP = "type octile\nheight 2\nwidth 3\nmap\n...\n...\n"


def test_scenarios_belong_to_octile_unless_told_otherwise(tmp_path: Path) -> None:
    written(tmp_path, MAP, "m.map")
    path = written(tmp_path, SCENARIOS, "m.map.scen")
    domain, problems = read_problems(path)
    assert (domain.name, len(problems)) == ("octile", 2)
    assert all(isinstance(problem, Maze) and problem.diagonal for problem in problems)
    domain, (straight,) = read_problems(path, "maze", index=1)
    assert (domain.name, straight.diagonal, straight.goal) == ("maze", False, (0, 1))
    with pytest.raises(ValueError, match="not for sokoban"):
        read_problems(path, "sokoban")
    with pytest.raises(ValueError, match="scenarios 0 to 1"):
        read_problems(path, index=2)


def test_scenarios_without_their_map_or_without_any_problem_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"m\.map"):
        read_problems(written(tmp_path, SCENARIOS, "m.map.scen"))
    with pytest.raises(ValueError, match="no scenario"):
        read_problems(written(tmp_path, "version 1\n", "none.scen"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n  \n", "is empty"),
        (b"hello", "can be a maze .* Sokoban .* tiles .*--domain"),
        (b"\xff\xfe", "byte 0: .* no UTF-8"),
        (b"S.G\n\0", "byte 4: .* binary"),
        (b"S.G\n.\n", "line 2, column 2"),
    ],
)
def test_what_cannot_be_read_is_said_with_the_name_of_the_file(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=f"file.txt.*{words}"):
        read_problems(written(tmp_path, content))


def test_an_unknown_domain_is_answered(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"unknown domain 'mase'. Did you mean 'maze'"):
        read_problems(written(tmp_path, MAZE), "mase")


def test_what_is_no_file_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_problems(tmp_path / "missing")
    with pytest.raises(IsADirectoryError):
        read_problems(tmp_path)


def test_something_endless_is_not_read_to_its_end() -> None:
    if not Path("/dev/zero").is_char_device():
        pytest.skip("there is no /dev/zero here")
    with pytest.raises(ValueError, match="larger than"):
        read_problems(Path("/dev/zero"))
    with pytest.raises(ValueError, match="split the collection"):
        decoded(b"." * (MAX_BYTES + 1), "file")
