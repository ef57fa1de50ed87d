"""Generation: many prompts through one batch with cached keys and values; waiting prompts take over finished rows.

What a prompt gives depends on the prompt, its seed and the settings, not on what else is in the batch (but for a choice
between words so close that rounding decides it).
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from searchformer.cache import Cache
from searchformer.choice import Choice, choose, uniforms
from searchformer.grammar import Grammar
from searchformer.stepping import stepper
from searchformer.transformer import Transformer

Tokens = NDArray[np.uint16]

SMALL = 3_000_000
"""With fewer parameters than this, threads wait for each other longer than they multiply."""


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
    grammar: Grammar | None = None,
    compiled: bool = True,
) -> list[Generated]:
    """Answer prompts, in their order.

    Args:
        network: The device it is on is used.
        prompts: Any number; at most `batch_size` are under way at a time.
        bos: The token every answer begins with (not returned).
        eos: The token that ends an answer (not returned).
        max_tokens: The most tokens of an answer, forced ones and eos included.
        choice: How a token is chosen from the logits.
        batch_size: The number of rows.
        on_answer: Called with the number of a prompt and its answer, as soon as it is there.
        grammar: What answers have to keep to; without one, any token may follow any other.
        compiled: Whether a faster step may be taken where there is one (`stepping.stepper`).

    Raises:
        ValueError: A prompt or `max_tokens` is longer than the network's context, a prompt is empty or forces more than
            `max_tokens`, a token is none of the network's, or the grammar does not allow what is forced.
    """
    _check_settings(network, max_tokens, batch_size, grammar)
    for number, prompt in enumerate(prompts):
        _check_prompt(network, number, prompt, max_tokens, grammar)
    if not prompts:
        return []
    batch = _Batch(
        network,
        prompts,
        ends=(bos, eos),
        max_tokens=max_tokens,
        choice=choice,
        num_rows=min(batch_size, len(prompts)),
        grammar=grammar,
        compiled=compiled,
    )
    answers: dict[int, Generated] = {}
    with one_thread_below(SMALL, network):
        for number, answer in batch.run():
            answers[number] = answer
            if on_answer:
                on_answer(number, answer)
    return [answers[number] for number in range(len(prompts))]


@contextmanager
def one_thread_below(num_trainable: int, network: Transformer) -> Iterator[None]:
    """Have a network with fewer trainable parameters than that work in one thread.

    On a busy machine, where one of two threads is always waited for, that is a hundred times as fast.
    """
    usual = torch.get_num_threads()
    if network.num_trainable < num_trainable:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(usual)


def _check_settings(network: Transformer, max_tokens: int, batch_size: int, grammar: Grammar | None) -> None:
    context = network.config.max_positions
    if not 1 <= max_tokens <= context:
        excess = f", {max_tokens - context} more than this network's context" if max_tokens > context else ""
        raise ValueError(f"max_tokens is {max_tokens}{excess}: it can be from 1 to {context}")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, not {batch_size}")
    if grammar is not None and len(grammar.words) != network.config.vocab_size:
        raise ValueError(
            f"the grammar is of {len(grammar.words)} words, and the network has {network.config.vocab_size}: make it "
            "of the token format that the network was trained with"
        )


def _check_prompt(network: Transformer, number: int, prompt: Prompt, max_tokens: int, grammar: Grammar | None) -> None:
    length, context, num_words = len(prompt.tokens), network.config.max_positions, network.config.vocab_size
    if not length:
        raise ValueError(f"prompt {number} has no tokens: the least is bos and eos")
    if length > context:
        excess = length - context
        raise ValueError(f"prompt {number} has {length} tokens, {excess} more than this network's context of {context}")
    if len(prompt.forced) > max_tokens:
        raise ValueError(
            f"prompt {number} forces {len(prompt.forced)} tokens upon its answer: max_tokens is {max_tokens}"
        )
    wrong = {int(np.max(prompt.tokens)), *prompt.forced} - set(range(num_words))
    if wrong:
        raise ValueError(
            f"prompt {number} has the token {min(wrong)}: the network knows those from 0 to {num_words - 1}"
        )
    if grammar is not None:
        try:
            grammar.after(prompt.forced)
        except ValueError as error:
            raise ValueError(f"what is forced upon the answer to prompt {number}: {error}") from None


class _Batch:
    """Rows under way: row r answers prompt `jobs[r]` (−1: none) and has written `lengths[r]` tokens, bos counted.

    `offsets` is where a row's answer begins in its cache: behind the prompt for a decoder alone, else 0. `forced` has
    −1 where the choice is free (its last column always), and `states` are those of the grammar.
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
        grammar: Grammar | None,
        compiled: bool,
    ) -> None:
        self.network, self.prompts, self.choice = network, prompts, choice
        self.step = stepper(network, num_rows, compiled=compiled)
        self.eos, self.max_tokens = ends[1], max_tokens
        self.device = network.embedding.weight.device
        self.grammar = grammar
        self.barred = None if grammar is None else torch.from_numpy(~grammar.allowed).to(self.device)
        # The longest first: those that are read together are of like length, and the cache grows seldom.
        self.waiting = deque(sorted(range(len(prompts)), key=lambda number: -len(prompts[number].tokens)))
        self.jobs = np.full(num_rows, -1)
        self.lengths = np.ones(num_rows, np.int64)
        self.offsets = np.zeros(num_rows, np.int64)
        self.seeds = np.zeros(num_rows, np.uint64)
        self.states = np.full(num_rows, Grammar.START)
        self.forced = np.full((num_rows, max(len(prompt.forced) for prompt in prompts) + 1), -1)
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
        elif _ADMITTED * len(free) >= len(self.jobs):
            rows = free[: len(self.waiting)]
            self.begin(rows, [self.waiting.popleft() for _ in rows])

    def begin(self, rows: NDArray[np.int64], jobs: list[int]) -> None:
        """Read prompts into rows."""
        prompts = [self.prompts[job] for job in jobs]
        lengths = np.array([len(prompt.tokens) for prompt in prompts])
        padded = np.zeros((len(rows), lengths.max()), np.int64)
        self.forced[rows] = -1
        for place, row, prompt in zip(padded, rows, prompts, strict=True):
            place[: len(prompt.tokens)] = prompt.tokens
            self.forced[row, : len(prompt.forced)] = prompt.forced
        new = self.read(torch.from_numpy(padded).to(self.device), torch.from_numpy(lengths).to(self.device))
        self.cache = new if self.cache is None else self.cache.put(torch.from_numpy(rows).to(self.device), new)
        self.jobs[rows], self.lengths[rows], self.states[rows] = jobs, 1, Grammar.START
        self.offsets[rows] = 0 if self.network.encoder else lengths
        self.seeds[rows] = [prompt.seed % 2**64 for prompt in prompts]

    def read(self, prompts: Tensor, lengths: Tensor) -> Cache:
        """Return the cache of prompts that nothing has been answered to."""
        if self.network.encoder:
            return self.network.new_cache(prompts, lengths, 1, keeps_memory=self.step.keeps_memory)
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
        self.cache = self.cache.grown(int(places.max()) + 1)
        logits = self.step(self.written[rows, self.lengths - 1], places, self.cache)
        if self.barred is not None:
            logits = logits.masked_fill(self.barred[torch.from_numpy(self.states).to(self.device)], -torch.inf)
        chance = None
        if self.choice.temperature > 0:
            chance = torch.from_numpy(uniforms(self.seeds, self.lengths - 1)).to(self.device)
        chosen = choose(logits, chance, self.choice).cpu().numpy()
        forced = self.forced[rows, np.minimum(self.lengths, self.forced.shape[1]) - 1]
        return np.where(forced >= 0, forced, chosen)

    def write(self, tokens: NDArray[np.int64]) -> None:
        """Append a token to each row."""
        under_way = np.flatnonzero(self.jobs >= 0)
        self.written[under_way, self.lengths[under_way]] = tokens[under_way]
        self.lengths[under_way] += 1
        if self.grammar is not None:
            self.states[under_way] = self.grammar.following[self.states[under_way], tokens[under_way]]

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
        self.seeds, self.states, self.forced = self.seeds[rows], self.states[rows], self.forced[rows]
        self.written = self.written[rows]


# Waiting prompts are read once a sixteenth of the rows is free: together they take less time than one by one.
_ADMITTED = 16
