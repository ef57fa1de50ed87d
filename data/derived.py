"""Data sets that a network has improved: its parent's shards, and what is to be written instead of recorded searches.

A training shard has one column more than its parent's: `answer`, the words of a trace and a plan, or none where the
recorded search is still the best there is. Words, since what a network writes need not be events: it may leave out
costs or clauses, and say what is not so. All else is the parent's: the problems, the searches of A* (which lengths are
compared with), and the whole split "test".
"""

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # pyarrow has no types
import pyarrow.compute as pc  # type: ignore[import-untyped]  # as above
from numpy.typing import NDArray

from data import manifest as manifests
from data import shards
from data.manifest import TEMPORARY, Manifest, Parent, Shard, ShardFile
from data.tokens import PLAN, Ids, TokenFormat, Tokens
from planning.traces import Offsets
from solvers import registry

COLUMN: Final = "answer"
README: Final = "README.md"


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What is to be written of N examples, as tokens: a trace, and from the first `plan` on a plan; or nothing.

    That of example i is tokens[offsets[i] : offsets[i + 1]]; where there is nothing, the recorded search counts.
    """

    tokens: Ids
    offsets: Offsets

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, i: int) -> Ids:
        """Return the answer of example i."""
        return self.tokens[self.offsets[i] : self.offsets[i + 1]]

    @property
    def given(self) -> NDArray[np.bool_]:
        """Return [N]: whether there is one."""
        return np.asarray(np.diff(self.offsets) > 0)

    @property
    def trace_lengths(self) -> Offsets:
        """Return [N]: the tokens before the first `plan` (0 where there is no answer)."""
        plans = np.append(np.flatnonzero(self.tokens == PLAN), len(self.tokens))
        starts = self.offsets[:-1]
        first: Offsets = plans[np.searchsorted(plans, starts)] - starts
        return np.where(self.given, first, 0)

    @staticmethod
    def of(parts: Sequence[Ids]) -> "Answers":
        """Return some answers, in their order."""
        lengths = [len(part) for part in parts]
        offsets = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
        return Answers(np.concatenate([np.zeros(0, np.uint16), *parts]), offsets)


def answers_of(directory: Path | str, token_format: TokenFormat) -> Answers | None:
    """Return the answers of all training examples of a data set, or None if no network has improved it.

    Raises:
        ValueError: There is no data set, it is damaged, or its answers have words that the format has not.
    """
    place = Path(directory)
    manifest = manifests.load(place)
    if manifest.parent is None:
        return None
    parts = [_answers_in(place, *each, token_format) for each in manifest.paths("train")]
    return Answers.of([part[i] for part in parts for i in range(len(part))])


def overlaid(tokens: Tokens, answers: Answers) -> Tokens:
    """Return examples with the traces and the plans of their answers, where there are any.

    Args:
        tokens: N examples as they were recorded.
        answers: Of the same N examples, or of these and more behind them.
    """
    num = len(tokens)
    given, starts, ends = answers.given[:num], answers.offsets[:num], answers.offsets[1 : num + 1]
    plan_starts = starts + answers.trace_lengths[:num]
    traces = _chosen((tokens.traces, tokens.trace_offsets), answers.tokens, given, (starts, plan_starts))
    plans = _chosen((tokens.plans, tokens.plan_offsets), answers.tokens, given, (plan_starts, ends))
    return Tokens(tokens.prompts, tokens.prompt_offsets, *traces, *plans)


def derive(
    parent: Path | str,
    out: Path | str,
    *,
    examples: NDArray[np.int64],
    answers: Mapping[int, Ids],
    token_format: TokenFormat,
    model: str,
) -> Manifest:
    """Write a data set with new answers to some training examples of another one; it is there whole, or not at all.

    Args:
        parent: The data set that is improved; it may have been improved itself, and its answers are kept.
        out: A directory that does not exist; what a killed run has left beside it is removed.
        examples: The training examples that it is to have, by their ascending numbers in the parent.
        answers: The tokens (trace and plan, without bos and eos) of some of these examples, by the same numbers.
        token_format: Of the answers.
        model: What wrote them: the sha256 of its weights.

    Raises:
        ValueError: The parent is damaged, or there is something at `out`.
        OSError: The disk is full, or cannot be written: there is nothing at `out`.
    """
    source, place = Path(parent), Path(out)
    if place.exists():
        raise ValueError(f"{place} is there already: a data set is never changed, take another directory")
    unknown = set(answers) - set(examples.tolist())
    assert not unknown, f"answers to examples that are left out: {sorted(unknown)[:3]}"
    aside = place.with_name(f"{TEMPORARY}{place.name}")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        for split in manifests.SPLITS:
            (aside / split).mkdir(parents=True)
        before = manifests.load(source)
        writer = _Writer(source, aside, before, examples, answers, token_format)
        made = tuple(shard for shard in map(writer.shard, writer.parts()) if shard.files)
        origin = Parent(before.sha256, model)
        manifest = replace(before, num=sum(shard.rows for shard in made), shards=made, parent=origin)
        manifest.save(aside)
        manifests.write_whole(aside / README, _card(manifest, answers_of(aside, token_format)).encode())
        aside.rename(place)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    return manifest


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes the shards of a data set from those of its parent."""

    source: Path
    aside: Path
    before: Manifest
    examples: NDArray[np.int64]
    answers: Mapping[int, Ids]
    token_format: TokenFormat

    def parts(self) -> Iterator[tuple[Shard, int]]:
        """Yield the parent's shards, each with the number of its first training example."""
        first = 0
        for shard in self.before.shards:
            yield shard, first
            first += shard.files["train"].rows if "train" in shard.files else 0

    def shard(self, part: tuple[Shard, int]) -> Shard:
        """Write what there is to be of a shard: the test examples as they are, and the training examples asked for."""
        shard, first = part
        files = {}
        if "train" in shard.files:
            inside = (self.examples >= first) & (self.examples < first + shard.files["train"].rows)
            if inside.any():
                files["train"] = self._train(shard, self.examples[inside], first)
        if "test" in shard.files:
            name = manifests.path("test", shard.index)
            shards.read_table(self.source / name, shard.files["test"].sha256, ["id"])
            _link(self.source / name, self.aside / name)
            files["test"] = shard.files["test"]
        return replace(shard, files=files)

    def _train(self, shard: Shard, chosen: NDArray[np.int64], first: int) -> ShardFile:
        name, width = manifests.path("train", shard.index), self.before.state_width
        old = shards.read_table(self.source / name, shard.files["train"].sha256)
        known = _answers_in(self.source, name, shard.files["train"], self.token_format)
        rows = chosen - first
        table = shards.table_of(shards.traces_of(old, width).select(rows), shards.ids_of(old)[rows])
        answers = [self.answers.get(i + first, known[i]) for i in rows.tolist()]
        table = table.append_column(_FIELD, _written(Answers.of(answers), self.token_format))
        about = {"split": "train", "first_draw": shard.first_draw, "state_width": width}
        about["settings"] = manifests.as_json(self.before.settings)
        content = shards.parquet_of(table, about)
        manifests.write_whole(self.aside / name, content)
        return ShardFile(len(table), hashlib.sha256(content).hexdigest())


_FIELD = pa.field(COLUMN, pa.list_(pa.field("element", pa.string(), nullable=False)), nullable=False)


def _written(answers: Answers, token_format: TokenFormat) -> pa.ListArray:
    """Return answers as lists of words."""
    vocabulary = pa.array(token_format.words, pa.string())
    words = vocabulary.take(pa.array(answers.tokens))
    return pa.ListArray.from_arrays(pa.array(answers.offsets.astype(np.int32)), words, type=_FIELD.type)


def _answers_in(directory: Path, name: str, file: ShardFile, token_format: TokenFormat) -> Answers:
    """Return the answers in a training shard (none at all, where A* alone has made it)."""
    table = shards.read_table(directory / name, file.sha256, [COLUMN])
    if COLUMN not in table.column_names:
        return Answers(np.zeros(0, np.uint16), np.zeros(file.rows + 1, np.int64))
    column = table.column(COLUMN).combine_chunks()
    column = column.chunk(0) if isinstance(column, pa.ChunkedArray) else column
    offsets, words = column.offsets.to_numpy().astype(np.int64), column.values
    places = pc.index_in(words, value_set=pa.array(token_format.words, pa.string()))
    if places.null_count:
        wrong = words[int(np.flatnonzero(places.is_null())[0])].as_py()
        unknown = registry.unknown("word", wrong, token_format.words)
        remedy = "take the token_format and the max_cost of the network that wrote it"
        raise ValueError(f"{directory} has answers in other words: {unknown} {remedy}")
    return Answers(places.to_numpy().astype(np.uint16)[offsets[0] : offsets[-1]], offsets - offsets[0])


def _chosen(
    recorded: tuple[Ids, Offsets], answered: Ids, given: NDArray[np.bool_], bounds: tuple[Offsets, Offsets]
) -> tuple[Ids, Offsets]:
    """Return one column: of each example the part of its answer between its bounds, or what is recorded."""
    (tokens, offsets), (starts, ends) = recorded, bounds
    first = np.where(given, starts + len(tokens), offsets[:-1])
    lengths = np.where(given, ends - starts, np.diff(offsets))
    new: Offsets = np.concatenate(([0], np.cumsum(lengths)))
    rows = np.arange(new[-1]) + np.repeat(first - new[:-1], lengths)
    return np.concatenate((tokens, answered))[rows], new


def _link(source: Path, target: Path) -> None:
    """Give a file another name, or copy it where that is not possible: shards are replaced, and never written to."""
    try:
        os.link(source, target)
    except OSError:
        manifests.write_whole(target, source.read_bytes())


def _card(manifest: Manifest, answers: Answers | None) -> str:
    settings, parent = manifest.settings, manifest.parent
    assert parent is not None
    assert answers is not None
    return f"""# {manifest.count("train"):,} improved searches: {settings.domain} of size {settings.size}

The training examples are those of the data set {parent.manifest_sha256}, or some of them, with the searches that A*
recorded. For {np.count_nonzero(answers.given):,} of them, `{COLUMN}` has a shorter trace with a plan of the same cost,
which was verified: written by the network whose weights have the sha256 {parent.model}, or by one before it. Where
`{COLUMN}` is empty, the recorded search is what is to be learned. The test examples are the same, byte for byte.

The name of this data set is the sha256 of its `{manifests.FILE_NAME}`: `{manifest.sha256}`.
"""
