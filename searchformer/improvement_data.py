"""Whether a data set can be improved by a checkpoint, and whether what is learned is apart from what is measured on."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data import manifest as manifests
from data.shards import TraceSet
from data.splitting import fingerprints
from data.tokens import TokenFormat
from planning.domains import DOMAINS
from searchformer import modes
from searchformer.cases import without_costs
from searchformer.checkpoint import Checkpoint
from solvers import registry


@dataclass(frozen=True, slots=True)
class Suited:
    """A data set that a checkpoint can improve: its name, how many examples it has, and the ids of what is held out."""

    sha256: str
    num_train: int
    held_out: frozenset[str]


def suited(directory: Path, checkpoint: Checkpoint) -> Suited:
    """Return a data set after making sure that a checkpoint can improve it, and be measured on it.

    Raises:
        ValueError: The checkpoint cannot think; the data set is of another domain or size, has costs without a word or
            examples longer than the context, lacks a split, or has a problem in both of them.
    """
    if modes.learned(checkpoint.facts) == ("fast",):
        raise ValueError("the checkpoint has learned plans alone: there is no thinking of it that could become shorter")
    manifest = manifests.load(directory)
    _check_domain(directory, manifest.settings, checkpoint.token_format)
    most, words = manifest.max_cost, checkpoint.token_format
    if most > words.max_cost:
        remedy = f"train one with --max_cost {most}"
        raise ValueError(
            f"{directory} has costs up to {most}, and the checkpoint has words up to c{words.max_cost}: {remedy}"
        )
    for split in manifests.SPLITS:
        if not manifest.count(split):
            raise ValueError(f"{directory} has no examples in its split {split!r}: make a larger data set")
        _check_lengths(directory, split, checkpoint)
    held_out = frozenset(each for _, each in ids(directory, "test"))
    check_apart(directory, held_out)
    return Suited(manifest.sha256, manifest.count("train"), held_out)


def check_apart(directory: Path, held_out: frozenset[str]) -> None:
    """Refuse a data set with a training example that is held out, whatever its files say: problems are compared.

    Raises:
        ValueError: It has one; the message names the problem.
    """
    for number, each in ids(directory, "train"):
        if each in held_out:
            raise ValueError(
                f"{directory} has the problem {each} in its split 'train' (example {number}), and it is one of those "
                "that are held out to be measured on: nothing is learned from such data, make it again by "
                "`twofold traces`, which keeps whole layouts apart"
            )


def ids(directory: Path, split: str) -> Iterator[tuple[int, str]]:
    """Yield the number and the id of each example of a split; the id is made of the problem, not of what is noted."""
    source = TraceSet(directory, split)
    domain = registry.lookup("domain", source.manifest.settings.domain, DOMAINS)
    number = 0
    for traces in source:
        for row in fingerprints(domain, traces, 0)[0]:
            yield number, row.tobytes().hex()
            number += 1


def _check_domain(directory: Path, settings: manifests.Settings, words: TokenFormat) -> None:
    domain = registry.lookup("domain", settings.domain, DOMAINS)
    size = max(words.width, words.height)
    if type(domain) is type(words.domain) and settings.size == size:
        return
    meant = f"`twofold traces {words.domain.name} --size {size}`"
    raise ValueError(
        f"{directory} holds problems of {settings.domain}, size {settings.size}, and the checkpoint has learned "
        f"{words.domain.name}, size {size}. Did you mean a data set made by {meant}?"
    )


def _check_lengths(directory: Path, split: str, checkpoint: Checkpoint) -> None:
    context = checkpoint.network.config.max_positions
    for traces in TraceSet(directory, split):
        tokens = checkpoint.token_format.encode(without_costs(traces))
        targets = np.diff(tokens.trace_offsets) + np.diff(tokens.plan_offsets) + 2
        longest = max(int(np.diff(tokens.prompt_offsets).max()), int(targets.max()))
        if longest > context:
            raise ValueError(
                f"{directory} has a prompt or an answer of {longest:,} tokens, and the checkpoint's context is "
                f"{context:,}: make a data set with --max-trace-tokens, or train with a greater --max_positions"
            )
