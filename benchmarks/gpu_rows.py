"""What the parts of `benchmarks.gpu` share: rows, how much is measured and where, mazes, and rows that fail."""

import gc
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch

from benchmarks.training import SEED, draw, format_of, longest, spread
from data.tokens import BOS, EOS, TokenFormat, Tokens
from searchformer.batches import Batch, BatchStream, Ids, WholeTargets

PRECISIONS: Mapping[str, str] = {"bf16": "bf16-mixed", "fp32": "fp32"}
"""What a row calls a precision, and what the settings of a training do."""
OUT_OF_MEMORY = "out of memory"
OUT_OF_TIME = "left out: the time is over"
# Less than this is not worth to begin with.
_LEAST_S = 2.0


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured; `failed` says why nothing was, or which check did not hold.

    `batch` is tokens for training and rows for generation. `flops_per_s` are those of real tokens alone. `memory_gb` is
    the most that was allocated on a GPU at a time.
    """

    what: str
    network: str = ""
    data: str = ""
    precision: str = ""
    batch: int | None = None
    tokens_per_s: float | None = None
    flops_per_s: float | None = None
    memory_gb: float | None = None
    remark: str = ""
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured.

    `num_mazes` are drawn of each side; all but training uses the first side alone. `token_budget` is for a batch,
    `turn_tokens` for the batches that take turns, `row_s` for how long they do. `width` is that of the products that
    the peak is measured with. The network `size` learns for `learning_s` before it generates, with `batch_sizes` rows
    and `prompts_per_row` times as many prompts; `num_checked` examples are checked.
    """

    num_mazes: Mapping[int, int]
    size: str
    token_budget: int
    turn_tokens: int
    row_s: float
    width: int
    learning_s: float
    batch_sizes: tuple[int, ...]
    prompts_per_row: int
    num_checked: int


FULL = Scale({10: 20_000, 30: 2_000}, "15m", 65_536, 800_000, 6.0, 8192, 20.0, (1, 32, 256, 1024), 4, 64)
SMOKE = Scale({5: 300, 6: 100}, "tiny", 1_500, 2_000, 0.2, 256, 0.5, (1, 4), 2, 4)


@dataclass(frozen=True, slots=True)
class Place:
    """Where rows are measured, how much of it, and until when (`time.perf_counter`)."""

    device: torch.device
    scale: Scale
    until: float

    @property
    def is_cpu(self) -> bool:
        """Tell whether there is no accelerator."""
        return self.device.type == "cpu"

    def left(self) -> float:
        """Return the seconds that are left."""
        return self.until - time.perf_counter()


@dataclass(frozen=True, slots=True)
class Mazes:
    """Searches of mazes of one side as tokens, in the paper's words."""

    side: int
    token_format: TokenFormat
    tokens: Tokens

    @property
    def name(self) -> str:
        """Return a name for a table."""
        return f"{self.side} × {self.side}"

    @property
    def longest(self) -> int:
        """Return the number of tokens of the longest prompt or target."""
        return longest(self.tokens)

    def stream(self, token_budget: int) -> BatchStream:
        """Return batches without an end."""
        targets = WholeTargets(self.tokens, with_trace=True)
        return BatchStream(self.tokens, targets, token_budget=token_budget, seed=SEED)

    def batches(self, token_budget: int, turn_tokens: int) -> list[Batch]:
        """Return batches of about so many target tokens together, the longest first."""
        stream = self.stream(token_budget)
        chosen = spread(stream.epoch(0), stream.targets.lengths(0), turn_tokens)
        return [stream.batch(indices, 0) for indices in reversed(chosen)]

    def example(self, i: int) -> tuple[Ids, Ids]:
        """Return a prompt and its target."""
        prompt, trace, plan = self.tokens[i]
        ends = (np.array([word], np.uint16) for word in (BOS, EOS))
        return prompt, np.concatenate((next(ends), trace, plan, next(ends)))


def mazes(side: int, num: int) -> Mazes:
    """Draw mazes and search them."""
    traces = draw(side, num)
    token_format = format_of(side, "paper", traces)
    return Mazes(side, token_format, token_format.encode(traces))


def first_mazes(place: Place) -> Mazes:
    """Draw the mazes of the first side."""
    return mazes(*next(iter(place.scale.num_mazes.items())))


def moved(batch: Batch, device: torch.device) -> Batch:
    """Return a batch on a device."""
    return Batch(*(column.to(device, non_blocking=True) for column in batch))


def guarded(place: Place, row: Row, measure: Callable[[Row], Row]) -> Row:
    """Return what is measured, or the row with the reason why it could not be; memory is free afterwards."""
    if place.left() < _LEAST_S:
        return replace(row, failed=OUT_OF_TIME)
    if place.device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(place.device)
    try:
        return measure(row)
    except torch.OutOfMemoryError:
        failed = OUT_OF_MEMORY
    except Exception as error:  # a row that cannot be measured must not cost the others
        logging.getLogger(__name__).exception("%s", row)
        reason = next(iter(str(error).strip().splitlines()), "")
        failed = f"{type(error).__name__}: {reason[:160]}"
    finally:
        # By now, no traceback holds the tensors any more.
        _free(place.device)
    return replace(row, failed=failed)


def measured(
    place: Place, row: Row, tokens_per_s: float | None, flops_per_s: float | None = None, remark: str = ""
) -> Row:
    """Return a row with its figures."""
    memory = torch.cuda.max_memory_allocated(place.device) / 1e9 if place.device.type == "cuda" else None
    return replace(row, tokens_per_s=tokens_per_s, flops_per_s=flops_per_s, memory_gb=memory, remark=remark)


def _free(device: torch.device) -> None:
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
