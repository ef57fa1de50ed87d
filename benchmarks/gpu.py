"""Training and generation on one GPU in less than nine minutes: tokens per second, MFU, memory, and that it is right.

    python -m benchmarks.gpu [--smoke] [--device cuda|cpu] [--parts PART,PART] [--deadline-s S] [--report FILE.json]

Needs torch, numpy, lightning, numba, pyarrow and safetensors alone. The data are mazes of 10 × 10 and 30 × 30 cells,
drawn and searched on the spot. Tokens are real ones, of prompts and targets; FLOPs are counted from the network's
shape, for real tokens alone: 6 for each weight that a token meets, and those of attention. MFU is their share of the
device's peak as its maker gives it, and where no table has it, of what products alone reach.

Each part runs in a process of its own with a limit of time; what it has measured is in the report as soon as it is
there. A part that is killed, runs out of memory or fails costs its own rows alone.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import timing
from benchmarks.timing import Bar
from solvers import registry

# Nothing is imported here that a GPU would notice: what a part leaves behind ends with its process.

MFU_ASKED, TRAINING_ASKED, GENERATION_ASKED, SECONDS_ASKED = 40.0, 2e6, 200e3, 540.0
DEADLINE_S = 525.0
SMOKE_DEADLINE_S = 120.0
PARTS: Mapping[str, float] = {
    "device": 25,
    "training:15m": 50,
    "training:175m": 70,
    "training:46m": 60,
    "generation": 120,
    "lightning": 50,
    "compiled:15m": 90,
    "compiled:175m": 120,
    "compiled:46m": 120,
}
"""Seconds that each part may take at most, in the order in which they run; the last ones get what is left."""
SMOKE_PARTS: Mapping[str, float] = {
    "device": 60,
    "training:tiny": 60,
    "generation": 60,
    "lightning": 60,
}
# A process that begins imports torch first, and one that ends frees its memory.
_START_S, _LEAST_S = 6.0, 12.0
JUDGED_TFLOPS = 900
"""The bars are for the class of the H200: those with such a peak in bf16."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Device:
    """What is measured: `peaks` are FLOP/s by precision as its maker gives them, or None."""

    kind: str
    name: str
    peaks: Mapping[str, float] | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table and bars; return 1 where one is missed (they are for GPUs of the H200's class alone)."""
    parser = timing.argument_parser("gpu", __doc__)
    parser.add_argument("--device", choices=("cuda", "cpu"), help="default: cuda; a smoke: cpu")
    parser.add_argument("--parts", type=str, metavar="PART,PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--deadline-s", type=float, metavar="S", help="seconds for everything")
    options = parser.parse_args(arguments)
    timing.refuse_bad_files(parser, options.report)
    known = SMOKE_PARTS if options.smoke else PARTS
    try:
        parts = _chosen(options.parts, known)
        device = find_device(options.device or ("cpu" if options.smoke else "cuda"))
    except ValueError as error:
        parser.error(str(error))
    deadline = options.deadline_s or (SMOKE_DEADLINE_S if options.smoke else DEADLINE_S)
    run = Run(device, options.report, is_smoke=options.smoke)
    run.measure(parts, time.perf_counter() + deadline)
    print(f"\n{device.name}\n\n{table(run.rows)}\n")
    if run.judged:
        return timing.conclude(run.bars(), judged=True)
    print("No bar is judged: they are for a whole run on a GPU of the H200's class.")
    return 0


def _chosen(names: str | None, known: Mapping[str, float]) -> Mapping[str, float]:
    wanted = names.split(",") if names else list(known)
    return {name: registry.lookup("part", name, known) for name in wanted}


def find_device(kind: str) -> Device:
    """Return the device; ValueError says that there is none."""
    asked = (
        "import json, torch; from benchmarks.gpu_flops import peak_of; there = torch.cuda.is_available(); "
        "name = torch.cuda.get_device_name() if there else None; "
        "print(json.dumps([name, peak_of(name) if name else None]))"
    )
    if kind == "cpu":
        return Device(kind, f"CPU: {timing.processor()}", None)
    name, peak = json.loads(_python("-c", asked))
    if name is None:
        raise ValueError("there is no CUDA device here: --smoke measures a little on the CPU")
    peaks = peak and {precision: 1e12 * each for precision, each in zip(("bf16", "fp32"), peak, strict=True)}
    return Device(kind, name, peaks)


def _python(*arguments: str) -> str:
    command = [sys.executable, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=_ROOT, timeout=120).stdout  # noqa: S603 -- our own module


_ROOT = Path(__file__).parents[1]


class Run:
    """All rows so far, and the report that has them."""

    def __init__(self, device: Device, report: Path | None, *, is_smoke: bool) -> None:
        self.device, self.report, self.is_smoke = device, report, is_smoke
        self.rows: list[Row] = []
        self.products: dict[str, float] = {}
        self.started, self.seconds, self.complete = time.perf_counter(), 0.0, False
        self.environment = timing.environment(["torch", "lightning", "pyarrow", "safetensors"])

    @property
    def judged(self) -> bool:
        """Tell whether the bars are for this device."""
        peaks = self.device.peaks
        return not self.is_smoke and peaks is not None and peaks["bf16"] >= 1e12 * JUDGED_TFLOPS

    def measure(self, parts: Mapping[str, float], until: float) -> None:
        """Measure all parts, as long as there is time."""
        for part, most in parts.items():
            seconds = min(most, until - time.perf_counter())
            if seconds < _LEAST_S:
                self.take({"what": part, "failed": "left out: the time is over"})
                continue
            for row in rows_of_part(part, self.device.kind, seconds, is_smoke=self.is_smoke):
                self.take(row)
        self.complete = True
        self.write()

    def take(self, row: Row) -> None:
        """Complete a row, show it, and keep it."""
        precision, flops = row.get("precision", ""), row.get("flops_per_s")
        if row["what"] == "products alone" and flops:
            self.products[precision] = flops
        alone = self.products.get(precision)
        peak = self.device.peaks[precision] if self.device.peaks and precision in self.device.peaks else alone
        row["mfu_percent"] = 100 * flops / peak if flops and peak else None
        row["of_products_percent"] = 100 * flops / alone if flops and alone else None
        self.rows.append(row)
        self.seconds = time.perf_counter() - self.started
        print(f"{self.seconds:5.0f} s  {told(row)}", flush=True)
        self.write()

    def write(self) -> None:
        """Write the report with what there is."""
        figures = {
            "environment": self.environment | {"device": self.device.name},
            "peaks": self.device.peaks,
            "peak_from": "table" if self.device.peaks else "products alone",
            "complete": self.complete,
            "seconds": self.seconds,
            "rows": self.rows,
        }
        timing.write_report(self.report, figures, self.bars() if self.judged else [])

    def bars(self) -> list[Bar]:
        """Return the bars of what there is."""
        checks = [not row["failed"] for row in self.rows if row["what"].startswith("check")]
        best = {
            "MFU of training, 175m": self._best("mfu_percent", what="training", network="175m", precision="bf16"),
            "training, 15m": self._best("tokens_per_s", what="training", network="15m"),
            "generation, 15m, 1024 rows": self._best("tokens_per_s", what="generation", network="15m", batch=1024),
        }
        asked = ((MFU_ASKED, "%"), (TRAINING_ASKED, "tokens/s"), (GENERATION_ASKED, "tokens/s"))
        return [
            *(Bar(name, best[name], *each) for name, each in zip(best, asked, strict=True)),
            Bar("checks that hold", float(sum(checks)), float(len(checks) or 1), f"of {len(checks)}"),
            Bar("the whole run", self.seconds, SECONDS_ASKED, "s", is_limit=True),
        ]

    def _best(self, figure: str, *, what: str, **wanted: object) -> float:
        """Return the greatest figure of the rows of a kind, compiled or not; 0 where there is none."""
        of_kind = (row for row in self.rows if row["what"] in {what, f"{what}, compiled"})
        fitting = (row for row in of_kind if all(row.get(name) == value for name, value in wanted.items()))
        return max((row[figure] for row in fitting if row.get(figure)), default=0.0)


def rows_of_part(part: str, device: str, seconds: float, *, is_smoke: bool) -> Iterator[Row]:
    """Yield the rows of a part as they come from its process, and why it did not come to its end, if it did not."""
    arguments = (part, device, f"{max(1.0, seconds - _START_S):.1f}", *(["smoke"] if is_smoke else []))
    command = [sys.executable, "-m", "benchmarks.gpu_part", *arguments]
    stopped = threading.Event()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_ROOT) as process:  # noqa: S603 -- our own module

        def stop() -> None:
            stopped.set()
            process.kill()

        timer = threading.Timer(seconds, stop)
        timer.start()
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith("{"):
                    yield json.loads(line)
            code = process.wait()
        finally:
            timer.cancel()
            process.kill()
    if stopped.is_set():
        yield {"what": part, "failed": f"stopped after {seconds:.0f} s"}
    elif code:
        yield {"what": part, "failed": f"ended with code {code}: see above"}


# The table

_COLUMNS: Mapping[str, Callable[[Row], object]] = {
    "what": lambda row: row["what"],
    "network": lambda row: row.get("network"),
    "mazes": lambda row: row.get("data"),
    "precision": lambda row: row.get("precision"),
    "batch": lambda row: row.get("batch"),
    "tokens/s": lambda row: row.get("tokens_per_s"),
    "TFLOP/s": lambda row: row["flops_per_s"] / 1e12 if row.get("flops_per_s") else None,
    "MFU %": lambda row: row.get("mfu_percent"),
    "of products alone %": lambda row: row.get("of_products_percent"),
    "GB": lambda row: row.get("memory_gb"),
    "remark": lambda row: row["failed"] or row.get("remark"),
}


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table."""
    return timing.markdown(list(_COLUMNS), [[cell(row) for cell in _COLUMNS.values()] for row in rows])


def told(row: Row) -> str:
    """Return a row in one line, while the others are still to come."""
    rate = row.get("tokens_per_s")
    figures = f"{timing.number(float(rate))} tokens/s" if rate else ""
    parts = (row["what"], row.get("network"), row.get("data"), row.get("precision"), row.get("batch"), figures)
    return ", ".join(str(part) for part in (*parts, row["failed"] or row.get("remark")) if part)


if __name__ == "__main__":
    sys.exit(main())
