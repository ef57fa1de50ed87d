"""The README's file map: one line a file, from the first line of its docstring.

`python -m tests.architecture.file_map` writes it into README.md; a test notices when that has been forgotten.
"""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("twofold", "searchformer", "data", "planning", "solvers", "benchmarks")
START, END = "<!-- file map: made by `python -m tests.architecture.file_map` -->", "<!-- end of the file map -->"


def first_line(path: Path) -> str:
    """Return the first line of a module's docstring."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.split("\n\n")[0].replace("\n", " ").strip()


def file_map() -> str:
    """Return the map: a table for each package."""
    parts = []
    for room in ROOMS:
        for package in sorted({path.parent for path in (ROOT / room).rglob("*.py")}):
            init = package / "__init__.py"
            about = first_line(init).rstrip(".") if init.exists() else ""
            name = package.relative_to(ROOT).as_posix()
            rows = [
                f"| `{path.name}` | {first_line(path)} |"
                for path in sorted(package.glob("*.py"))
                if path.name not in {"__init__.py", "__main__.py"}
            ]
            if rows:
                parts.append("\n".join([f"**`{name}/`** {about}", "", "| file | what |", "|---|---|", *rows]))
    return "\n\n".join(parts)


def with_map(readme: str) -> str:
    """Return the README's text with the map of now."""
    before, rest = readme.split(START)
    return f"{before}{START}\n\n{file_map()}\n\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    target = ROOT / "README.md"
    target.write_text(with_map(target.read_text(encoding="utf-8")), encoding="utf-8")
