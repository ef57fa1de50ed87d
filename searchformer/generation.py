"""Generation: many prompts through one batch with cached keys and values; waiting prompts take over finished rows.

What a prompt gives depends on the prompt, its seed and the settings, not on what else is in the batch.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from searchformer.choice import Choice, choose, uniforms
from searchformer.transformer import Cache, Transformer

Tokens = NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Prompt:
    """What to answer: prompt tokens (bos … eos), the seed of its chance, and tokens to begin with (after bos)."""

    tokens: Tokens
    seed: int = 0
    forced: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Generated:
    """An answer: its tokens between bos and eos, and whether eos was written before the limit."""

    tokens: Tokens
    finished: bool


@torch.inference_mode()
def generate(
    network: Transformer,
    prompts: Sequence[Prompt],
    *,
    bos: int,
    eos: int,
    max_tokens: int,
    choice: Choice,
    batch_size: int = 64,
    on_answer: Callable[[int, Generated], None] | None = None,
) -> list[Generated]:
    """Answer prompts, in their order.

    Args:
        network: In evaluation mode; the device it is on is used.
        prompts: Any number; at most `batch_size` are under way at a time.
        bos: The token every answer begins with (not returned).
        eos: The token that ends an answer (not returned).
        max_tokens: The most tokens of an answer, eos included.
        choice: How a token is chosen from the logits.
        batch_size: The number of rows.
        on_answer: Called with the number of a prompt and its answer, as soon as it is there.

    Raises:
        ValueError: A prompt or `max_tokens` is longer than the network's context.
    """
    if not prompts:
        return []
    longest = network.config.max_positions
    too_long = max(len(prompt.tokens) for prompt in prompts)
    if too_long > longest or max_tokens > longest:
        raise ValueError(
            f"a prompt of {too_long} tokens and an answer of {max_tokens} do not fit the context of {longest} tokens"
        )
    batch = _Batch(
        network, prompts, ends=(bos, eos), max_tokens=max_tokens, choice=choice, num_rows=min(batch_size, len(prompts))
    )
    answers: list[Generated | None] = [None] * len(prompts)
    for number, answer in batch.run():
        answers[number] = answer
        if on_answer:
            on_answer(number, answer)
    assert all(answer is not None for answer in answers)
    return [answer for answer in answers if answer is not None]


class _Batch:
    """Rows under way: row r answers prompt `jobs[r]` (−1: none) and has written `lengths[r]` tokens, bos counted.

    `offsets` is where a row's answer begins in its cache: behind the prompt for a decoder alone, else 0.
    """

    def __init__(
        self,
        network: Transformer,
        prompts: Sequence[Prompt],
        *,
        ends: tuple[int, int],
        max_tokens: int,
        choice: Choice,
        num_rows: int,
    ) -> None:
        self.network, self.prompts, self.choice = network, prompts, choice
        self.eos, self.max_tokens = ends[1], max_tokens
        self.device = network.embedding.weight.device
        self.waiting = deque(range(len(prompts)))
        self.jobs = np.full(num_rows, -1)
        self.lengths = np.ones(num_rows, np.int64)
        self.offsets = np.zeros(num_rows, np.int64)
        self.seeds = np.zeros(num_rows, np.uint64)
        self.written = np.full((num_rows, max_tokens + 1), ends[0], np.int64)
        self.cache: Cache | None = None

    def run(self) -> Iterator[tuple[int, Generated]]:
        """Yield (number of the prompt, answer) in the order in which they end."""
        self.admit()
        while len(self.jobs):
            self.write(self.next_tokens())
            yield from self.finished()
            self.admit()

    def admit(self) -> None:
        """Fill free rows with waiting prompts, some at a time; drop rows that nothing waits for."""
        free = np.flatnonzero(self.jobs < 0)
        if not self.waiting:
            if 2 * len(free) >= len(self.jobs):
                self.keep(np.flatnonzero(self.jobs >= 0))
        elif 8 * len(free) >= len(self.jobs):
            rows = free[: len(self.waiting)]
            self.begin(rows, [self.waiting.popleft() for _ in rows])

    def begin(self, rows: NDArray[np.int64], jobs: list[int]) -> None:
        """Read prompts into rows."""
        prompts = [self.prompts[job] for job in jobs]
        lengths = np.array([len(prompt.tokens) for prompt in prompts])
        padded = np.zeros((len(rows), lengths.max()), np.int64)
        for row, prompt in zip(padded, prompts, strict=True):
            row[: len(prompt.tokens)] = prompt.tokens
        new = self.read(torch.from_numpy(padded).to(self.device), torch.from_numpy(lengths).to(self.device))
        self.cache = new if self.cache is None else self.cache.put(torch.from_numpy(rows).to(self.device), new)
        self.jobs[rows], self.lengths[rows] = jobs, 1
        self.offsets[rows] = 0 if self.network.encoder else lengths
        self.seeds[rows] = [prompt.seed % 2**64 for prompt in prompts]

    def read(self, prompts: Tensor, lengths: Tensor) -> Cache:
        """Return the cache of prompts that nothing has been answered to."""
        if self.network.encoder:
            return self.network.new_cache(prompts, lengths, 1)
        cache = self.network.new_cache(prompts, lengths, prompts.shape[1])
        # What is written behind a shorter prompt is hidden by the mask until its answer takes the place.
        places = torch.arange(prompts.shape[1], device=self.device).expand_as(prompts)
        self.network.decode(prompts, places, prompts.shape[1], cache)
        return cache

    def next_tokens(self) -> NDArray[np.int64]:
        """Return the next token of each row [B]."""
        assert self.cache is not None
        rows = np.arange(len(self.jobs))
        places = np.where(self.jobs >= 0, self.offsets + self.lengths - 1, 0)
        extent = int(places.max()) + 1
        self.cache = self.cache.grown(extent)
        last = torch.from_numpy(self.written[rows, self.lengths - 1][:, None]).to(self.device)
        positions = torch.from_numpy(places[:, None]).to(self.device)
        logits = self.network.decode(last, positions, extent, self.cache)[:, 0]
        chance = torch.from_numpy(uniforms(self.seeds, self.lengths - 1)).to(self.device)
        tokens = choose(logits, chance, self.choice).cpu().numpy()
        for row in np.flatnonzero(self.jobs >= 0):
            forced = self.prompts[self.jobs[row]].forced
            if self.lengths[row] <= len(forced):
                tokens[row] = forced[self.lengths[row] - 1]
        return np.asarray(tokens, np.int64)

    def write(self, tokens: NDArray[np.int64]) -> None:
        """Append a token to each row."""
        under_way = np.flatnonzero(self.jobs >= 0)
        self.written[under_way, self.lengths[under_way]] = tokens[under_way]
        self.lengths[under_way] += 1

    def finished(self) -> Iterator[tuple[int, Generated]]:
        """Yield the answers that have just ended, and free their rows."""
        last = self.written[np.arange(len(self.jobs)), self.lengths - 1]
        for row in np.flatnonzero((self.jobs >= 0) & ((last == self.eos) | (self.lengths > self.max_tokens))):
            ended = bool(last[row] == self.eos)
            tokens = self.written[row, 1 : self.lengths[row] - ended].astype(np.uint16)
            yield int(self.jobs[row]), Generated(tokens, ended)
            self.jobs[row], self.lengths[row] = -1, 1

    def keep(self, rows: NDArray[np.int64]) -> None:
        """Drop all rows but these."""
        assert self.cache is not None
        self.cache = self.cache.rows(torch.from_numpy(rows).to(self.device))
        self.jobs, self.lengths, self.offsets = self.jobs[rows], self.lengths[rows], self.offsets[rows]
        self.seeds, self.written = self.seeds[rows], self.written[rows]
