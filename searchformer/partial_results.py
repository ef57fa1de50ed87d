"""What an evaluation has measured so far, as JSON lines: a killed run goes on where it was.

The first line says what was asked; each other one is a problem that is done. A last line that is not whole is dropped.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self, TextIO

from searchformer.judging import Example, Sample
from searchformer.report import Measured

ENDING = ".partial.jsonl"


class PartialResults:
    """The file beside a report; `known` is what it held at first, by id. As a context, it is closed at the end.

    Args:
        report: Where the report is to be.
        asked: All that decides the results, as JSON has it.
        resume: Go on with what is there, if anything is.

    Raises:
        ValueError: Something is there and is not to be resumed, or was asked otherwise, or is damaged.
        OSError: It cannot be written.
    """

    def __init__(self, report: Path, asked: Mapping[str, Any], *, resume: bool) -> None:
        self.file = report.with_name(report.name + ENDING)
        self.known: dict[str, Measured] = {}
        asked = json.loads(json.dumps(asked))
        end = 0
        if self.file.exists():
            if not resume:
                raise ValueError(
                    f"{self.file} holds the results of a run that was interrupted: go on with --resume, or delete it"
                )
            end = self._read(asked)
        self._stream: TextIO = self.file.open("a", encoding="utf-8")
        self._stream.truncate(end)
        if not end:
            self._write(asked)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def append(self, measured: Measured) -> None:
        """Keep one more problem; it is there even if this process is killed right now."""
        self._write(asdict(measured))

    def discard(self) -> None:
        """Remove the file: the report is there."""
        self._stream.close()
        self.file.unlink(missing_ok=True)

    def _write(self, content: Mapping[str, Any]) -> None:
        self._stream.write(json.dumps(content) + "\n")
        self._stream.flush()

    def _read(self, asked: Mapping[str, Any]) -> int:
        """Read what is there, and return the number of its bytes that are whole lines."""
        content = self.file.read_bytes()
        end = content.rfind(b"\n") + 1
        try:
            head, *rows = [json.loads(line) for line in content[:end].splitlines()] or [None]
            if head is not None:
                self._check(head, asked)
            self.known = {row["id"]: _measured(row) for row in rows}
        except (KeyError, TypeError, AttributeError, UnicodeDecodeError, json.JSONDecodeError) as error:
            raise ValueError(f"{self.file} is damaged ({error!r}): delete it, and begin again") from error
        return end

    def _check(self, head: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
        for name in dict.fromkeys((*head, *asked)):
            if head.get(name) != asked.get(name):
                raise ValueError(
                    f"{self.file} was measured with {name} {json.dumps(head.get(name))}, and "
                    f"{json.dumps(asked.get(name))} is asked for: give another --report, or delete the file"
                )


def _measured(row: Mapping[str, Any]) -> Measured:
    samples = tuple(Sample(**sample) for sample in row["samples"])
    example = Example(**row["example"]) if row["example"] else None
    return Measured(**{**row, "samples": samples, "example": example})
