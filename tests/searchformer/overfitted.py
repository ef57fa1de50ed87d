"""A small network that knows a handful of mazes by heart: real plans and real thinking, in seconds."""

from functools import cache
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812  (the field's name)

from data.tokens import BOS, EOS, TokenFormat
from planning.domains import DOMAINS
from planning.traces import Traces
from searchformer.checkpoint import Checkpoint
from searchformer.transformer import Transformer, TransformerConfig

SIZE, NUM_STEPS = 4, 120
MAZES = DOMAINS["maze"]


@cache
def traces() -> Traces:
    """Return the searches that the network knows: two with a straight way, and two with a detour."""
    drawn = MAZES.draw_traces(MAZES.sampling(SIZE), range(60), seed=5)
    is_detour = drawn.costs > drawn.h[drawn.event_offsets[:-1]]
    chosen = [*np.flatnonzero(~is_detour)[:2], *np.flatnonzero(is_detour)[:2]]
    return drawn.select(np.array(chosen))


def mazes() -> list[Any]:
    known = traces()
    ends = known.code_offsets
    return [MAZES.problem(known.codes[ends[i] : ends[i + 1]].tolist()) for i in range(len(known))]


def token_format() -> TokenFormat:
    return TokenFormat(MAZES, "compact", SIZE, SIZE, 20)


def small_network(words: int, seed: int = 0, **options: Any) -> Transformer:
    """Return a network that knows nothing."""
    shape = {"dim": 32, "num_encoder_layers": 1, "num_decoder_layers": 1, "num_heads": 2, "max_positions": 128}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Transformer(TransformerConfig(vocab_size=words, **(shape | options)))


@cache
def checkpoint() -> Checkpoint:
    """Return a network that thinks, and answers at once if it has to, trained on both."""
    words = token_format()
    tokens = words.encode(traces())
    prompts, targets = [], []
    for i in range(len(tokens)):
        prompt, trace, plan = (part.tolist() for part in tokens[i])
        for target in ([BOS, *trace, *plan, EOS], [BOS, *plan, EOS]):
            prompts.append(torch.tensor(prompt))
            targets.append(torch.tensor(target))
    network = small_network(len(words.words))
    lengths = torch.tensor([len(prompt) for prompt in prompts])
    learn(
        network, torch.nn.utils.rnn.pad_sequence(prompts, True), lengths, torch.nn.utils.rnn.pad_sequence(targets, True)
    )
    return Checkpoint(network.eval(), words, {"mode": "trace", "steps": NUM_STEPS, "seed": 0})


def learn(network: Transformer, prompts: torch.Tensor, lengths: torch.Tensor, targets: torch.Tensor) -> None:
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3)
    for _ in range(NUM_STEPS):
        logits = network(prompts, lengths, targets[:, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1), targets[:, 1:].flatten(), ignore_index=0)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no types for it
        optimiser.step()
