"""Rows of `benchmarks.gpu`: generation by a network that has learned a little, so that answers end as they would."""

import copy
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial

import torch

from benchmarks.gpu_checks import checks
from benchmarks.gpu_flops import synchronise
from benchmarks.gpu_rows import PRECISIONS, Mazes, Place, Row, first_mazes, guarded, measured, moved
from benchmarks.training import Learning, new_network
from data.tokens import BOS, EOS
from searchformer.choice import Choice
from searchformer.generation import Generated, Prompt, generate
from searchformer.training_config import TrainingConfig
from searchformer.transformer import Transformer

# Near its end, a part is stopped by whoever started it: a row that is under way says before what it has.
_SPARE_S = 3.0


def generation_rows(place: Place) -> Iterator[Row]:
    """Let a network learn, check it, and measure how fast it writes, greedily and with weights of both precisions."""
    drawn, size = first_mazes(place), place.scale.size
    network = new_network(size, drawn.token_format, drawn.longest).to(place.device)
    row = Row("learning, to generate then", size, drawn.name, "bf16", place.scale.token_budget)
    yield guarded(place, row, partial(_learned, place, network, drawn))
    yield from checks(place, network, drawn)
    weights = {"bf16": copy.deepcopy(network).bfloat16(), "fp32": network}
    for batch_size in sorted(place.scale.batch_sizes, reverse=True):
        for precision, chosen in weights.items():
            this = Row("generation", size, drawn.name, precision, batch_size)
            yield guarded(place, this, partial(_generation, place, chosen, drawn))


def _learned(place: Place, network: Transformer, drawn: Mazes, row: Row) -> Row:
    precision = PRECISIONS["bf16"]
    learning = Learning(network, TrainingConfig(size=row.network, precision=precision, learning_rate=1e-3))
    started, num_steps, num_tokens = time.perf_counter(), 0, 0
    seconds = min(place.scale.learning_s, 0.3 * place.left())
    loss = torch.zeros(())
    for batch in drawn.stream(place.scale.token_budget):
        loss = learning.step(moved(batch, place.device))
        num_steps += 1
        num_tokens += int(batch.num_tokens)
        if num_steps % 10 == 0 or place.is_cpu:
            synchronise(place.device)
            if time.perf_counter() - started >= seconds:
                break
    network.eval()
    remark = f"{num_steps} steps, batches made in between; loss {float(loss):.3f} at last"
    return measured(place, row, num_tokens / (time.perf_counter() - started), None, remark)


class _OutOfTime(Exception):  # noqa: N818  (no error)
    """What there is by now has to do."""


def _generation(place: Place, network: Transformer, drawn: Mazes, row: Row) -> Row:
    assert row.batch is not None
    prompts = [Prompt(drawn.tokens[-1 - i][0]) for i in range(row.batch * place.scale.prompts_per_row)]
    answers: list[Generated] = []

    def note(_number: int, answer: Generated) -> None:
        answers.append(answer)
        if place.left() < _SPARE_S:
            raise _OutOfTime

    _answer(network, prompts[: row.batch], 8, row.batch)
    synchronise(place.device)
    started = time.perf_counter()
    with suppress(_OutOfTime):
        _answer(network, prompts, network.config.max_positions, row.batch, note)
    synchronise(place.device)
    spent = time.perf_counter() - started
    num_tokens = sum(len(answer.tokens) + answer.finished for answer in answers)
    ended = sum(answer.finished for answer in answers)
    remark = (
        f"{len(answers):,} answers of {num_tokens / len(answers):.0f} words, {ended / len(answers):.0%} with an end"
    )
    if len(answers) < len(prompts):
        remark += f"; {len(prompts) - len(answers):,} more were begun or waited when the time was over"
    return measured(place, row, num_tokens / spent, None, remark)


def _answer(
    network: Transformer,
    prompts: Sequence[Prompt],
    max_tokens: int,
    batch_size: int,
    note: Callable[[int, Generated], None] | None = None,
) -> None:
    generate(
        network,
        prompts,
        bos=BOS,
        eos=EOS,
        max_tokens=max_tokens,
        choice=Choice(),
        batch_size=batch_size,
        on_answer=note,
    )
