"""Training on one CPU thread: real tokens per CPU second and padding, by token budget, and where the time goes.

    python -m benchmarks.training [--smoke] [--report FILE.json]

The network of size 15m learns from mazes 10 × 10 in the paper's words, in float32, with everything that a step of
`searchformer train` computes: a batch is made, forward, loss, backward, the gradient clipped, AdamW. All take turns,
five rounds, and the best round counts: CPU time of all threads. Tokens are those of prompts and targets; padding is
none. The plain way takes its turns, too: eight examples at random a batch, and torch's own products, in the manner of
the published code (which made 1,796 tokens/s, on another day). A turn's batches are spread evenly over an epoch, from
the short to the long.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.profiler import ProfilerActivity, profile

from benchmarks import timing
from benchmarks.gpu_flops import FORWARD_AND_BACKWARD, work
from benchmarks.timing import Bar
from data.tokens import TokenFormat
from planning.domains import DOMAINS
from planning.traces import Traces
from searchformer import kernels
from searchformer.batches import Batch, BatchStream, Columns, Lengths, WholeTargets
from searchformer.losses import LOSSES, token_losses
from searchformer.optimizers import OPTIMIZERS
from searchformer.sizes import config_for
from searchformer.training_config import TrainingConfig
from searchformer.transformer import Transformer

TOKENS_ASKED, PADDING_ASKED = 3200.0, 5.0
BUDGET = TrainingConfig().token_budget
PLAIN_ROWS = 8
SEED = 1
_DRAWS = 256


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured: network, maze's side, examples, tokens of one turn, budgets, and the width of the peak."""

    size: str = "15m"
    side: int = 10
    num_examples: int = 20_000
    turn_tokens: int = 8_000
    budgets: tuple[int, ...] = (BUDGET // 2, BUDGET, 2 * BUDGET)
    width: int = 1024


SMOKE = Scale("tiny", 5, 1_000, 500, (400, BUDGET), 256)


@dataclass(frozen=True, slots=True)
class Row:
    """One way to make batches: rows and padding over a whole epoch, rates over the turn.

    `share` is that of the FLOP/s of products alone, in the same rounds.
    """

    batches: str
    budget: int | None
    rows: float
    padding_percent: float
    tokens_per_s: float
    gflops: float
    share: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print tables and bars; return 1 where a bar is missed (a smoke judges none)."""
    parser = timing.argument_parser("training", __doc__)
    options = parser.parse_args(arguments)
    timing.refuse_bad_files(parser, options.report)
    with one_thread():
        figures, bars = measure(SMOKE if options.smoke else Scale())
    timing.write_report(options.report, {"environment": timing.environment(["torch"]), **figures}, bars)
    print()
    return timing.conclude(bars, judged=not options.smoke)


@contextmanager
def one_thread() -> Iterator[None]:
    """Give torch one thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


# A network that learns


def draw(side: int, num: int, *, seed: int = SEED, options: Mapping[str, int] | None = None) -> Traces:
    """Return `num` searches of mazes of the paper's kind."""
    domain = DOMAINS["maze"]
    sampling, parts, first = domain.sampling(side, options=options), list[Traces](), 0
    while sum(len(part) for part in parts) < num:
        parts.append(domain.draw_traces(sampling, range(first, first + _DRAWS), seed=seed))
        first += _DRAWS
    return Traces.concatenate(parts, 2).select(np.arange(num))


def format_of(side: int, name: str, traces: Traces) -> TokenFormat:
    """Return the token format for searches of mazes."""
    return TokenFormat(DOMAINS["maze"], name, side, side, int(max(traces.g.max(), traces.h.max())))


def longest(columns: Columns) -> int:
    """Return the number of tokens of the longest prompt or target."""
    targets = WholeTargets(columns, with_trace=True).lengths(0)
    return int(max(np.diff(columns.prompt_offsets).max(), targets.max()))


class Learning:
    """A network with its optimiser, in float32 or under bf16 autocast, on one device."""

    def __init__(self, network: Transformer, settings: TrainingConfig) -> None:
        self.network, self.settings = network, settings
        self.device = network.embedding.weight.device
        self.optimizer = OPTIMIZERS[settings.optimizer](network, settings)

    def step(self, batch: Batch) -> Tensor:
        """Learn from a batch; return its loss."""
        loss = self.loss(batch)
        self.learn(loss)
        return loss.detach()

    def loss(self, batch: Batch) -> Tensor:
        """Return the loss of a batch."""
        bf16 = self.settings.precision == "bf16-mixed"
        with torch.autocast(self.device.type, torch.bfloat16) if bf16 else nullcontext():
            return LOSSES[self.settings.loss](*token_losses(self.network, batch))

    def learn(self, loss: Tensor) -> None:
        """Change the weights."""
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no types for it
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.max_gradient_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()


def new_network(size: str, token_format: TokenFormat, max_positions: int, seed: int = 0) -> Transformer:
    """Return a network that has learned nothing."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Transformer(config_for(size, vocab_size=len(token_format.words), max_positions=max_positions))


# Turns


@dataclass(frozen=True, slots=True)
class Turn:
    """What is done in one turn: some batches of an epoch, one after the other."""

    name: str
    budget: int | None
    stream: BatchStream
    epoch: list[NDArray[np.int64]]
    chosen: list[NDArray[np.int64]]

    @property
    def lengths(self) -> tuple[Lengths, Lengths]:
        """Return the number of tokens of all prompts and of all targets, [N] each."""
        return np.diff(self.stream.columns.prompt_offsets), self.stream.targets.lengths(0)

    def run(self, learning: Learning) -> None:
        """Learn from the batches; those without a budget are learned from with torch's own products."""
        with kernels.switched(self.budget is not None):
            for indices in self.chosen:
                learning.step(self.stream.batch(indices, 0))

    def padding(self) -> float:
        """Return the share of the positions of an epoch's batches that hold no token."""
        positions = sum(len(rows) * sum(int(each[rows].max()) for each in self.lengths) for rows in self.epoch)
        return 1 - sum(int(each.sum()) for each in self.lengths) / positions


def turns(columns: Columns, scale: Scale) -> list[Turn]:
    """Return a turn for each budget, and the plain one."""
    targets = WholeTargets(columns, with_trace=True)
    prompts, wanted = np.diff(columns.prompt_offsets), targets.lengths(0)
    made, least = [], int((prompts + wanted).max())
    for budget in dict.fromkeys(max(budget, least) for budget in scale.budgets):
        stream = BatchStream(columns, targets, token_budget=budget, seed=SEED)
        epoch = stream.epoch(0)
        name = f"at most {budget:,} tokens, like lengths together"
        made.append(Turn(name, budget, stream, epoch, spread(epoch, wanted, scale.turn_tokens)))
    shuffled = np.random.Generator(np.random.Philox(SEED)).permutation(len(wanted))
    epoch = np.array_split(shuffled, max(1, len(shuffled) // PLAIN_ROWS))
    plain = spread(epoch, wanted, scale.turn_tokens)
    return [*made, Turn(f"plain: {PLAIN_ROWS} at random", None, stream, epoch, plain)]


def spread(epoch: Sequence[NDArray[np.int64]], lengths: Lengths, num_tokens: int) -> list[NDArray[np.int64]]:
    """Return batches of about so many target tokens together, at equal distances from the short to the long."""
    ordered = sorted(epoch, key=lambda rows: int(lengths[rows].max()))
    num = min(len(ordered), max(1, round(num_tokens * len(ordered) / int(lengths.sum()))))
    return [ordered[(2 * i + 1) * len(ordered) // (2 * num)] for i in range(num)]


# What is measured


def measure(scale: Scale) -> tuple[dict[str, Any], list[Bar]]:
    """Measure all turns and the peak in the same rounds; print tables."""
    traces = draw(scale.side, scale.num_examples)
    token_format = format_of(scale.side, "paper", traces)
    tokens = token_format.encode(traces)
    learning = Learning(new_network(scale.size, token_format, longest(tokens)), TrainingConfig(size=scale.size))
    competing = turns(tokens, scale)
    contestants: dict[str, Callable[[], object]] = {turn.name: partial(turn.run, learning) for turn in competing}
    products = _Products(scale.width)
    contestants |= {"products": products.run, "products, torch's own": products.run_plain}
    for turn in competing:
        learning.step(turn.stream.batch(turn.chosen[0], 0))
    products.run()
    seconds = timing.interleaved(contestants)
    peak = products.flops / seconds["products"]
    rows = [_row(turn, learning, seconds[turn.name], peak) for turn in competing]
    judged = next((turn, row) for turn, row in zip(competing, rows, strict=True) if row.budget and row.budget >= BUDGET)
    shares = where_time_goes(learning, [judged[0].stream.batch(indices, 0) for indices in judged[0].chosen])
    own = products.flops / seconds["products, torch's own"]
    trainable = learning.network.num_trainable
    print(_told(scale, trainable, rows, peak=peak, own=own, shares=shares))
    figures = {
        "trainable": trainable,
        "rows": [asdict(row) for row in rows],
        "products_gflops": peak / 1e9,
        "products_own_gflops": own / 1e9,
        "shares": shares,
    }
    return figures, judge(judged[1])


def judge(row: Row) -> list[Bar]:
    """Return the bars of the row with the budget that is the default of a training."""
    return [
        Bar(f"training, {row.batches}", row.tokens_per_s, TOKENS_ASKED, "real tokens per CPU second"),
        Bar("padding over an epoch", row.padding_percent, PADDING_ASKED, "% of positions", is_limit=True),
    ]


class _Products:
    """Products of square matrices: what arithmetic alone takes."""

    def __init__(self, width: int) -> None:
        self._layer, self._x = kernels.Linear(width, width), torch.randn(width, width)
        self._times = max(1, round(2e10 / (2 * width**3)))
        self.flops = self._times * 2 * width**3

    @torch.no_grad()
    def run(self) -> None:
        """Multiply as the network does."""
        for _ in range(self._times):
            self._layer(self._x)

    def run_plain(self) -> None:
        """Multiply as torch does."""
        with kernels.switched(False):
            self.run()


def _row(turn: Turn, learning: Learning, seconds: float, peak: float) -> Row:
    prompts, targets = (torch.from_numpy(each[np.concatenate(turn.chosen)]) for each in turn.lengths)
    flops = FORWARD_AND_BACKWARD * work(learning.network.config, prompts, targets - 1).total / seconds
    return Row(
        batches=turn.name,
        budget=turn.budget,
        rows=len(turn.lengths[0]) / len(turn.epoch),
        padding_percent=100 * turn.padding(),
        tokens_per_s=float((prompts + targets).sum()) / seconds,
        gflops=flops / 1e9,
        share=flops / peak,
    )


_PARTS = {
    "attention": ("scaled_dot_product", "flash_attention"),
    "products": ("::mm", "::addmm", "::bmm", "mkldnn", "::linear"),
    "optimiser": ("_fused_adam", "_foreach", "vector_norm"),
    "loss": ("log_softmax", "nll_loss"),
}


def where_time_goes(learning: Learning, batches: Sequence[Batch]) -> dict[str, dict[str, float]]:
    """Return the shares of CPU time by phase of a step, and by kind of operation."""
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # it has much to say, of itself
    phases = dict.fromkeys(("forward", "backward and optimiser"), 0.0)
    with profile(activities=[ProfilerActivity.CPU]) as profiler:
        for batch in batches:
            started = time.process_time()
            loss = learning.loss(batch)
            between = time.process_time()
            learning.learn(loss)
            phases["forward"] += between - started
            phases["backward and optimiser"] += time.process_time() - between
    parts = dict.fromkeys((*_PARTS, "all else"), 0.0)
    for event in profiler.key_averages():
        fitting = (part for part, names in _PARTS.items() if any(name in event.key for name in names))
        parts[next(fitting, "all else")] += event.self_cpu_time_total
    return {"phases": _shares(phases), "operations": _shares(parts)}


def _shares(of: Mapping[str, float]) -> dict[str, float]:
    total = sum(of.values())
    return {name: value / total for name, value in of.items()}


def _told(
    scale: Scale, trainable: int, rows: Sequence[Row], *, peak: float, own: float, shares: Mapping[str, Any]
) -> str:
    head = ("batches", "rows a batch", "padding %", "tokens/s", "GFLOP/s", "of the products' %")
    cells = [
        (row.batches, row.rows, row.padding_percent, row.tokens_per_s, row.gflops, 100 * row.share) for row in rows
    ]
    lines = [f"{part}: {100 * share:.0f} %" for kind in shares.values() for part, share in kind.items()]
    return (
        f"\n{scale.size}, {trainable:,} trainable parameters, mazes {scale.side} × {scale.side}, one thread\n\n"
        f"{timing.markdown(head, cells)}\n\n"
        f"Products of {scale.width} × {scale.width} alone: {peak / 1e9:.0f} GFLOP/s, torch's own {own / 1e9:.0f}.\n"
        f"Where a step's time goes: {', '.join(lines)}."
    )


if __name__ == "__main__":
    sys.exit(main())
