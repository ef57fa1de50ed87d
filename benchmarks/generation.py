"""Generation: tokens a CPU-second by one thread, at several batch sizes, and what each part of the way brings.

    python -m benchmarks.generation [--smoke] [--report FILE.json]

A network of 6.2 million parameters ("15m") answers prompts of 10 × 10 mazes in the paper's words. Its weights are
random, and every answer is forced to be what A* wrote, so that lengths are those of a trained network; forced tokens
cost what chosen ones do. CPU time of all threads, the best of the rounds, all ways in turn. The reference's figures are
of Searchformer's published code, with the same network and one thread, on another day.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import cast

import numpy as np
import torch

from benchmarks import timing
from benchmarks.timing import Bar
from data.tokens import BOS, EOS, TokenFormat
from planning.domains import DOMAINS
from searchformer.choice import Choice
from searchformer.generation import Prompt, generate
from searchformer.sizes import config_for
from searchformer.transformer import Layer, Transformer

ASKED, ASKED_ONE = 4_000.0, 300.0
CONTEXT, MAZE_SIZE, MAX_COST = 1024, 10, 100
SMOKE_SIZE = 5
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Case:
    """One way to answer prompts, `rows` at a time; `published` is the reference's tokens a second (0: none)."""

    name: str
    rows: int
    prompts: Sequence[Prompt]
    answer: Callable[[], object]
    is_judged: bool = False
    published: float = 0.0

    @property
    def num_tokens(self) -> int:
        """Return the number of tokens that are written, eos included."""
        return sum(len(prompt.forced) for prompt in self.prompts)


@dataclass(frozen=True, slots=True)
class Rate:
    """What was measured of a case."""

    name: str
    rows: int
    answers: int
    tokens: int
    tokens_per_s: float
    published: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table and bars; return 1 where a bar is missed (a smoke judges none)."""
    parser = timing.argument_parser("generation", __doc__)
    options = parser.parse_args(arguments)
    timing.refuse_bad_files(parser, options.report)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        rates, bars = measure(is_smoke=options.smoke)
    finally:
        torch.set_num_threads(threads)
    head = ("way", "rows", "answers", "tokens", "tokens/s", "reference")
    rows = [
        (each.name, each.rows, each.answers, each.tokens, each.tokens_per_s, each.published or None) for each in rates
    ]
    print(timing.markdown(head, rows), end="\n\n")
    figures = {"environment": timing.environment(["torch"]), "rates": [asdict(rate) for rate in rates]}
    timing.write_report(options.report, figures, bars)
    return timing.conclude(bars, judged=not options.smoke)


def measure(*, is_smoke: bool) -> tuple[list[Rate], list[Bar]]:
    """Return the rate of every case, and the bars."""
    side = SMOKE_SIZE if is_smoke else MAZE_SIZE
    token_format = TokenFormat(DOMAINS["maze"], "paper", side, side, MAX_COST)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        shape = config_for("tiny" if is_smoke else "15m", vocab_size=len(token_format.words), max_positions=CONTEXT)
        network = Transformer(shape).eval()
    tried = cases(network, sample_prompts(12 if is_smoke else 192, token_format), is_smoke=is_smoke)
    for case in tried[:2]:
        case.answer()  # compiles
    best = timing.interleaved({case.name: case.answer for case in tried}, 1 if is_smoke else ROUNDS)
    rates = [
        Rate(
            case.name, case.rows, len(case.prompts), case.num_tokens, case.num_tokens / best[case.name], case.published
        )
        for case in tried
    ]
    one, *batches = (rate for case, rate in zip(tried, rates, strict=True) if case.is_judged)
    best_batch = max(batches, key=lambda rate: rate.tokens_per_s)
    of_both = f"the better of {' and '.join(rate.name for rate in batches)}"
    return rates, [
        Bar(one.name, one.tokens_per_s, ASKED_ONE, "tokens/s"),
        Bar(of_both, best_batch.tokens_per_s, ASKED, "tokens/s"),
    ]


def sample_prompts(count: int, token_format: TokenFormat) -> list[Prompt]:
    """Return prompts whose answers are forced to be those of A*."""
    mazes = DOMAINS["maze"]
    prompts: list[Prompt] = []
    num_draws = count
    while len(prompts) < count:
        num_draws *= 2
        tokens = token_format.encode(mazes.draw_traces(mazes.sampling(token_format.width), range(num_draws), seed=1))
        examples = [tokens[i] for i in range(len(tokens))]
        prompts = [Prompt(prompt, 0, (*trace.tolist(), *plan.tolist(), EOS)) for prompt, trace, plan in examples]
    return [prompt for prompt in prompts[:count] if len(prompt.forced) <= CONTEXT]


def cases(network: Transformer, prompts: Sequence[Prompt], *, is_smoke: bool) -> list[Case]:
    """Return the batches that the bars are about, and slower ways on the beginnings of a few answers."""
    few, many, length = (2, 4, 6) if is_smoke else (32, 64, 40)
    answer = partial(generate, network, bos=BOS, eos=EOS, max_tokens=CONTEXT, choice=Choice())
    begun = [Prompt(prompt.tokens, 0, prompt.forced[:length]) for prompt in prompts[: few // 2]]
    begin = partial(answer, begun, batch_size=len(begun), max_tokens=length)
    name, rows = f"first {length} tokens", len(begun)
    ones = prompts[: 1 if is_smoke else 3]
    one_published, few_published = (0.0, 0.0) if is_smoke else (180.0, 535.0)
    return [
        Case("one by one", 1, ones, partial(answer, ones, batch_size=1), True, one_published),
        Case(f"batches of {few}", few, prompts, partial(answer, prompts, batch_size=few), True, few_published),
        Case(f"batches of {many}", many, prompts, partial(answer, prompts, batch_size=many), True),
        Case(name, rows, begun, begin),
        Case(f"{name}, not compiled", rows, begun, partial(begin, compiled=False)),
        Case(f"{name}, prompts read anew", rows, begun, partial(without_prompts, network, begun)),
        Case(f"{name}, no cache", rows, begun, partial(without_cache, network, begun)),
    ]


@torch.inference_mode()
def without_cache(network: Transformer, prompts: Sequence[Prompt]) -> None:
    """Run the whole network for every token of equally long answers."""
    sources, lengths, targets = _tensors(prompts)
    for place in range(targets.shape[1] - 1):
        network(sources, lengths, targets[:, : place + 1])[:, -1].argmax(dim=-1)


@torch.inference_mode()
def without_prompts(network: Transformer, prompts: Sequence[Prompt]) -> None:
    """Keep keys and values of the target alone; those of the encoded prompts are made anew for every token."""
    sources, lengths, targets = _tensors(prompts)
    memory, _ = network.encode(sources, lengths)
    cache = network.new_cache(sources, lengths, targets.shape[1])
    for place in range(targets.shape[1] - 1):
        read = [cast(Layer, layer).cross_attention.read(memory) for layer in network.decoder]
        layers = [own._replace(prompt_keys=k, prompt_values=v) for own, (k, v) in zip(cache.layers, read, strict=True)]
        tokens, positions = targets[:, place : place + 1], torch.full((len(targets), 1), place)
        network.decode(tokens, positions, place + 1, cache._replace(layers=layers)).argmax(dim=-1)


def _tensors(prompts: Sequence[Prompt]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    sources = [torch.from_numpy(prompt.tokens.astype(np.int64)) for prompt in prompts]
    lengths = torch.tensor([len(source) for source in sources])
    targets = torch.tensor([(BOS, *prompt.forced) for prompt in prompts])
    return torch.nn.utils.rnn.pad_sequence(sources, batch_first=True), lengths, targets


if __name__ == "__main__":
    raise SystemExit(main())
