"""A small network that answers a few training problems with shorter searches than A*'s, made in a second or two."""

from functools import cache
from pathlib import Path

import torch

from data.shards import TraceSet
from data.tokens import BOS, EOS
from searchformer.checkpoint import save
from searchformer.sizes import Size
from searchformer.transformer import Transformer
from tests.searchformer import overfitted

SIZE = Size(32, 1, 2)
"""What "tiny" has to be for this network to be trained."""
NUM_KNOWN = 6
TRACE_TOKENS = (4, 12, 20, 28, 32)
"""How much of A*'s trace it writes before a plan, by chance."""


def saved(directory: Path, data: Path) -> str:
    """Write the network that knows the first training problems of a data set to a directory, and return that."""
    facts = {"mode": "trace", "steps": 0, "dropping": "L0"}
    save(directory, _network(data), overfitted.token_format(), facts)
    return str(directory)


@cache
def _network(data: Path) -> Transformer:
    words = overfitted.token_format()
    tokens = words.encode(TraceSet(data, "train").traces(slice(0, NUM_KNOWN)))
    prompts, targets = [], []
    for i in range(len(tokens)):
        prompt, trace, plan = (part.tolist() for part in tokens[i])
        for length in TRACE_TOKENS:
            prompts.append(torch.tensor(prompt))
            targets.append(torch.tensor([BOS, *trace[:length], *plan, EOS]))
    lengths = torch.tensor([len(prompt) for prompt in prompts])
    network = overfitted.small_network(len(words.words))
    padded = [torch.nn.utils.rnn.pad_sequence(rows, True) for rows in (prompts, targets)]
    overfitted.learn(network, padded[0], lengths, padded[1])
    return network.eval()
