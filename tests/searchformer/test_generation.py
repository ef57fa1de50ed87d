"""Generation: what the uncached network would write, whatever else is in the batch."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from searchformer import generation
from searchformer.choice import Choice, choose, uniforms
from searchformer.generation import Generated, Prompt, generate
from searchformer.stepping import Step, stepper
from searchformer.transformer import Transformer
from tests.searchformer.small_networks import CONTEXT, NUM_WORDS, OPTIONS, network

BOS, EOS = 1, 2
CHOICES = [Choice(), Choice(1.0), Choice(0.7, top_k=5), Choice(1.3, top_p=0.8)]


def prompts(count: int, *, seed: int = 0, longest: int = 14, forced: bool = False) -> list[Prompt]:
    chance = np.random.default_rng(seed)
    made = []
    for number in range(count):
        tokens = chance.integers(0, NUM_WORDS, chance.integers(1, longest + 1)).astype(np.uint16)
        begun = tuple(chance.integers(3, NUM_WORDS, chance.integers(0, 4)).tolist()) if forced else ()
        made.append(Prompt(tokens, seed=number * 7 + seed, forced=begun))
    return made


def written_alone(network: Transformer, prompt: Prompt, max_tokens: int, choice: Choice) -> Generated:
    """Write an answer by running all of the network anew for each token."""
    source, answer = torch.tensor(prompt.tokens.astype(np.int64))[None], [BOS]
    while len(answer) <= max_tokens:
        place = len(answer) - 1
        logits = network(source, torch.tensor([source.shape[1]]), torch.tensor([answer]))[:, -1]
        chance = torch.from_numpy(uniforms(np.array([prompt.seed], np.uint64), np.array([place])))
        token = int(choose(logits, chance, choice)) if place >= len(prompt.forced) else prompt.forced[place]
        if token == EOS:
            return Generated(np.array(answer[1:], np.uint16), True)
        answer.append(token)
    return Generated(np.array(answer[1:], np.uint16), False)


def answered(network: Transformer, given: Sequence[Prompt], **options: Any) -> list[tuple[list[int], bool]]:
    settings: dict[str, Any] = {"bos": BOS, "eos": EOS, "max_tokens": 20, "choice": Choice()}
    return plain(generate(network, given, **(settings | options)))


def plain(answers: Sequence[Generated]) -> list[tuple[list[int], bool]]:
    return [(answer.tokens.tolist(), answer.finished) for answer in answers]


@pytest.mark.parametrize("choice", CHOICES, ids=str)
@pytest.mark.parametrize("name", OPTIONS)
def test_answers_are_those_of_the_uncached_network(name: str, choice: Choice) -> None:
    tested, given = network(name), prompts(12, forced=True)
    with torch.inference_mode():
        expected = plain([written_alone(tested, prompt, 20, choice) for prompt in given])
    for batch_size in (4, 9):
        for compiled in (True, False):
            assert answered(tested, given, choice=choice, batch_size=batch_size, compiled=compiled) == expected


@settings(deadline=None, max_examples=25, derandomize=True)
@given(
    st.permutations(range(11)), st.integers(1, 12), st.sampled_from(CHOICES), st.sampled_from(["plain", "everything"])
)
def test_an_answer_does_not_depend_on_its_company(order: list[int], batch_size: int, choice: Choice, name: str) -> None:
    tested, given = network(name), prompts(11, forced=True)
    together = answered(tested, given, choice=choice, batch_size=32)
    shuffled = answered(tested, [given[i] for i in order], choice=choice, batch_size=batch_size)
    assert shuffled == [together[i] for i in order]
    part = order[:3]
    assert answered(tested, [given[i] for i in part], choice=choice, batch_size=2) == [together[i] for i in part]


def test_some_answers_end_and_some_do_not() -> None:
    """What the laws above are tried on is of both kinds, and of many lengths."""
    answers = answered(network(), prompts(40), choice=Choice(1.0))
    assert 5 < sum(finished for _, finished in answers) < 35
    assert len({len(tokens) for tokens, _ in answers}) > 8
    assert all(len(tokens) == 20 for tokens, finished in answers if not finished)
    assert all(EOS not in tokens and len(tokens) < 20 for tokens, finished in answers if finished)


def test_chance_is_the_seed_s_alone() -> None:
    one = prompts(1)[0]
    same, others = [one] * 3, [Prompt(one.tokens, seed) for seed in range(40)]
    answers = answered(network(), same + others, choice=Choice(1.0), batch_size=7)
    assert answers[0] == answers[1] == answers[2] == answers[3]
    assert len({tuple(tokens) for tokens, _ in answers}) > 30
    big = [Prompt(one.tokens, seed) for seed in (5, 5 + 2**64, 2**64 - 1, -1)]
    first, second, third, fourth = answered(network(), big, choice=Choice(1.0))
    assert first == second
    assert third == fourth


class Counted:
    """A step that counts how often it is taken, and by how many rows."""

    def __init__(self, step: Step) -> None:
        self.step, self.keeps_memory, self.rows = step, step.keeps_memory, [0] * 0

    def __call__(self, tokens: Any, positions: Any, cache: Any) -> torch.Tensor:
        self.rows.append(len(tokens))
        return self.step(tokens, positions, cache)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[Counted]:
    made: list[Counted] = []

    def counting(*arguments: Any, **options: Any) -> Counted:
        made.append(Counted(stepper(*arguments, **options)))
        return made[-1]

    monkeypatch.setattr(generation, "stepper", counting)
    return made


def of_lengths(lengths: Sequence[int]) -> list[Prompt]:
    """Return prompts of equal length whose answers, eos included, are forced and so long."""
    return [Prompt(np.full(3, 5, np.uint16), 0, (*range(3, length + 2), EOS)) for length in lengths]


def test_waiting_prompts_take_over_finished_rows(counted: list[Counted]) -> None:
    lengths = [18, 2, 3, 2, 5, 1, 2, 4]
    ended: list[int] = []
    answers = answered(network(), of_lengths(lengths), batch_size=2, on_answer=lambda number, _: ended.append(number))
    assert answers == [(list(range(3, length + 2)), True) for length in lengths]
    assert len(counted[0].rows) == max(18, sum(lengths[1:]))
    assert ended == [1, 2, 3, 4, 5, 6, 0, 7]


def test_rows_that_nothing_waits_for_are_dropped(counted: list[Counted]) -> None:
    answered(network(), of_lengths([19, 1, 2, 3, 4, 5, 6, 7]), batch_size=8)
    assert counted[0].rows[0] == 8
    assert counted[0].rows[-1] == 1
    assert sum(counted[0].rows) < 2 * (19 + 1 + 2 + 3 + 4 + 5 + 6 + 7)


def test_answers_are_told_of_as_they_end() -> None:
    given, told = prompts(20), dict[int, Generated]()

    def note(number: int, answer: Generated) -> None:
        assert number not in told
        told[number] = answer

    answers = answered(network(), given, choice=Choice(1.0), batch_size=3, on_answer=note)
    assert plain([told[number] for number in range(20)]) == answers


def test_an_error_of_who_is_told_stops_the_generation() -> None:
    def stop(_number: int, _answer: Generated) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        answered(network(), prompts(5), on_answer=stop)


def test_odd_cases_are_as_they_should() -> None:
    tested = network()
    tokens = np.array([1, 5, 2], np.uint16)
    assert answered(tested, []) == []
    [(one, finished)] = answered(tested, [Prompt(tokens)], max_tokens=1)
    assert len(one) == 1 - finished
    assert answered(tested, [Prompt(tokens, forced=(EOS,))], max_tokens=1) == [([], True)]
    assert answered(tested, [Prompt(tokens, forced=(7, EOS, 8, 9))]) == [([7], True)]
    assert answered(tested, [Prompt(tokens, forced=(7, 8))], max_tokens=2) == [([7, 8], False)]
    assert answered(tested, [Prompt(tokens, forced=(7, EOS))], max_tokens=2) == [([7], True)]
    assert len(answered(tested, [Prompt(np.full(CONTEXT, 5, np.uint16))], max_tokens=CONTEXT)[0][0]) <= CONTEXT
    mixed = [Prompt(tokens), Prompt(tokens, forced=(7, 8, 9)), Prompt(tokens)]
    answers = answered(tested, mixed)
    assert answers[0] == answers[2]
    assert answers[1][0][:3] == [7, 8, 9]


@pytest.mark.parametrize("name", ["plain", "decoder_only"])
def test_the_context_is_used_to_its_end(name: str) -> None:
    """A decoder alone has room for the longest prompt and the longest answer, one behind the other."""
    tested = network(name)
    given = [Prompt(np.full(length, 5, np.uint16), seed) for seed, length in enumerate((CONTEXT, 1, 20))]
    with torch.inference_mode():
        expected = plain([written_alone(tested, prompt, CONTEXT, Choice(1.0)) for prompt in given])
    assert answered(tested, given, max_tokens=CONTEXT, choice=Choice(1.0)) == expected


LONG = Prompt(np.full(CONTEXT + 3, 5, np.uint16))


@pytest.mark.parametrize(
    ("prompt", "options", "said"),
    [
        (LONG, {}, f"prompt 1 has {CONTEXT + 3} tokens, 3 more than this network's context of {CONTEXT}"),
        (Prompt(np.zeros(0, np.uint16)), {}, "prompt 1 has no tokens"),
        (Prompt(np.array([NUM_WORDS], np.uint16)), {}, f"the token {NUM_WORDS}: .* from 0 to {NUM_WORDS - 1}"),
        (Prompt(np.array([1], np.uint16), forced=(NUM_WORDS + 4,)), {}, f"the token {NUM_WORDS + 4}"),
        (Prompt(np.array([1], np.uint16), forced=(-1,)), {}, "the token -1"),
        (Prompt(np.array([1], np.uint16), forced=(5,) * 4), {"max_tokens": 3}, "forces 4 tokens .* max_tokens is 3"),
        (Prompt(np.array([1], np.uint16)), {"max_tokens": 0}, "max_tokens is 0: it can be from 1"),
        (Prompt(np.array([1], np.uint16)), {"max_tokens": CONTEXT + 2}, "2 more than this network's context"),
        (Prompt(np.array([1], np.uint16)), {"batch_size": 0}, "batch_size must be at least 1, not 0"),
    ],
)
def test_what_cannot_be_answered_is_refused(prompt: Prompt, options: dict[str, Any], said: str) -> None:
    told: list[int] = []
    with pytest.raises(ValueError, match=said):
        answered(network(), [prompts(1)[0], prompt], on_answer=lambda number, _: told.append(number), **options)
    assert not told


@pytest.mark.parametrize("name", ["plain", "everything"])
def test_a_bfloat16_network_answers_too(name: str) -> None:
    tested = network(name).bfloat16()
    answers = answered(tested, prompts(6), choice=Choice(1.0), batch_size=3)
    assert answers == answered(tested, prompts(6), choice=Choice(1.0), batch_size=3)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert len(answered(network(name), prompts(3))) == 3


def weights_changed(tested: Transformer, change: Callable[[torch.Tensor], object]) -> Transformer:
    with torch.no_grad():
        for parameter in tested.parameters():
            change(parameter)
    return tested


def test_a_generation_uses_the_weights_of_its_day() -> None:
    tested, given = network(), prompts(9)
    before = answered(tested, given, choice=Choice(1.0))
    weights_changed(tested, lambda parameter: parameter.mul_(1.5))
    assert answered(tested, given, choice=Choice(1.0)) != before
    assert all(parameter.grad is None and parameter.requires_grad for parameter in tested.parameters())


def test_generating_imports_no_training_library() -> None:
    code = "import sys, searchformer.generation; assert not {'lightning', 'jsonargparse'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
