"""The grammar: all that A* writes is allowed, and all that is allowed is well-formed."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from data.decoding import read_plan, read_problem, read_trace
from data.tokens import BOS, CREATE, EOS, PLAN, TokenFormat
from planning.domain import FORMATS, Domain, Shape
from planning.domains import DOMAINS
from searchformer.choice import Choice
from searchformer.dropping import DroppedTargets, mix_named
from searchformer.generation import Prompt, generate
from searchformer.grammar import Grammar
from tests.data.test_tokens_graphs import GraphDomain
from tests.searchformer.overfitted import small_network

SIZES = {"maze": 5, "octile": 5, "sokoban": 6, "tiles": 2, "graph": 5}
ALL: dict[str, Domain[Any, Any]] = {**DOMAINS, "graph": GraphDomain()}
CASES = [(name, form) for name in sorted(ALL) for form in FORMATS]


def some_traces(name: str, count: int = 12) -> Any:
    domain = ALL[name]
    drawn = domain.draw_traces(domain.sampling(SIZES[name]), range(4 * count), seed=1)
    chosen = drawn.select(np.arange(min(count, len(drawn))))
    # The costs of diagonal steps are in millionths, which have no words; the grammar does not mind which cost it is.
    return replace(chosen, g=chosen.g // 10**6, h=chosen.h // 10**6) if name == "octile" else chosen


def format_of(name: str, form: str) -> TokenFormat:
    size = SIZES[name]
    return TokenFormat(ALL[name], form, size, 1 if name == "graph" else size, 99)


def syntax(token_format: TokenFormat, problem: Any, words: list[str]) -> list[Any]:
    """Return what the strict reading has against the syntax of an answer."""
    plan = read_plan(token_format, problem, words)[1].violations
    return [
        broken for broken in (*plan, *read_trace(token_format, problem, words).violations) if broken.rule == "syntax"
    ]


def test_all_domains_are_tried() -> None:
    assert set(SIZES) == set(ALL)


@pytest.mark.parametrize(("name", "form"), CASES)
def test_what_the_search_writes_is_allowed(name: str, form: str) -> None:
    token_format = format_of(name, form)
    grammar, traces = Grammar(token_format), some_traces(name)
    for i in range(len(traces)):
        target = token_format.ids(token_format.target_words(traces, i))[1:].tolist()
        assert grammar.after(target) == Grammar.START
        assert grammar.after(target[target.index(PLAN) :]) == Grammar.START


@pytest.mark.parametrize(("name", "form"), CASES)
@pytest.mark.parametrize("level", ["L1", "L2", "L3", "L4"])
def test_what_is_left_of_a_search_is_allowed_without_costs(name: str, form: str, level: str) -> None:
    token_format = format_of(name, form)
    tokens = token_format.encode(some_traces(name))
    whole, loose = Grammar(token_format), Grammar(token_format, needs_costs=False)
    targets = DroppedTargets(tokens, token_format, mix_named(level), seed=1)
    for target in targets.of(range(len(tokens)), 0):
        assert loose.after(target[1:].tolist()) == Grammar.START
        if level in {"L2", "L3"} and CREATE in target:
            with pytest.raises(ValueError, match="has to be"):
                whole.after(target[1:].tolist())


@pytest.mark.parametrize(("name", "form"), CASES)
def test_what_is_allowed_is_well_formed(name: str, form: str) -> None:
    """Walk at random: every answer that ends has no fault of syntax, and none ever gets stuck."""
    token_format = format_of(name, form)
    grammar, chance = Grammar(token_format), np.random.default_rng(5)
    problem = read_problem(token_format, token_format.prompt_words(some_traces(name, 1), 0))
    ended = 0
    for _ in range(40):
        state, tokens = Grammar.START, []
        for _ in range(60):
            allowed = np.flatnonzero(grammar.allowed[state])
            if EOS in allowed and chance.random() < 0.3:
                break
            tokens.append(int(chance.choice(allowed[allowed != EOS])))
            state = int(grammar.following[state, tokens[-1]])
        else:
            continue
        ended += 1
        assert not syntax(token_format, problem, [*token_format.text([BOS, *tokens]), "eos"])
    assert ended > 3


@pytest.mark.parametrize(("name", "form"), CASES)
def test_a_network_that_knows_nothing_writes_well_formed_answers(name: str, form: str) -> None:
    token_format = format_of(name, form)
    tokens = token_format.encode(some_traces(name, 4))
    network = small_network(len(token_format.words), max_positions=200)
    network.output.weight.data[EOS] *= 3
    asked = [
        Prompt(tokens[i][0], seed, forced)
        for i in range(len(tokens))
        for seed in range(3)
        for forced in ((), (CREATE,), (PLAN,))
    ]
    answers = generate(
        network,
        asked,
        bos=BOS,
        eos=EOS,
        max_tokens=100,
        choice=Choice(1.5),
        batch_size=16,
        grammar=Grammar(token_format),
    )
    for prompt, answer in zip(asked, answers, strict=True):
        words = token_format.text(answer.tokens)
        assert words[0] in {"create", "plan"}
        assert answer.tokens[: len(prompt.forced)].tolist() == list(prompt.forced)
        Grammar(token_format).after(answer.tokens)
        if answer.finished:
            problem = read_problem(token_format, token_format.text(prompt.tokens))
            assert not syntax(token_format, problem, ["bos", *words, "eos"])
    assert sum(answer.finished for answer in answers) > 3


def test_a_grammar_does_not_change_what_was_well_formed_anyway() -> None:
    token_format = format_of("maze", "compact")
    tokens = token_format.encode(some_traces("maze", 3))
    network = small_network(len(token_format.words), max_positions=300)
    asked = [Prompt(tokens[i][0], 0, (*tokens[i][1].tolist(), *tokens[i][2].tolist(), EOS)) for i in range(3)]
    settings: Any = {"bos": BOS, "eos": EOS, "max_tokens": 300, "choice": Choice()}
    free, kept = (generate(network, asked, **settings, grammar=each) for each in (None, Grammar(token_format)))
    assert [answer.tokens.tolist() for answer in free] == [answer.tokens.tolist() for answer in kept]


@pytest.mark.parametrize("compiled", [True, False])
def test_answers_under_a_grammar_do_not_depend_on_their_company(compiled: bool) -> None:
    token_format = format_of("sokoban", "paper")
    tokens = token_format.encode(some_traces("sokoban", 5))
    network = small_network(len(token_format.words), max_positions=200)
    asked = [Prompt(tokens[i % len(tokens)][0], i) for i in range(9)]

    def written(some: list[Prompt], batch_size: int) -> list[list[int]]:
        settings: Any = {"bos": BOS, "eos": EOS, "max_tokens": 40, "choice": Choice(1.0), "compiled": compiled}
        answers = generate(network, some, batch_size=batch_size, grammar=Grammar(token_format), **settings)
        return [answer.tokens.tolist() for answer in answers]

    together = written(asked, 9)
    assert written(asked[::-1], 2) == together[::-1]
    assert [written([prompt], 1)[0] for prompt in asked] == together


@pytest.mark.parametrize(
    ("name", "form", "answer", "number"),
    [
        ("maze", "paper", "close 1 2 c0 c1", 1),
        ("maze", "paper", "create 1 c0 c1", 3),
        ("maze", "paper", "create 1 2 3 c0", 4),
        ("maze", "paper", "create 1 wall c0 c1", 3),
        ("maze", "paper", "create 1 5 c0 c1", 3),
        ("maze", "paper", "create 1 2 c0 close", 5),
        ("maze", "paper", "create 1 2 c0 c1 c2", 6),
        ("maze", "paper", "create 1 2 c0 c1 eos", 6),
        ("maze", "paper", "plan 1 2 create", 4),
        ("maze", "paper", "plan 1 2 pad", 4),
        ("maze", "paper", "plan eos", 2),
        ("maze", "paper", "eos", 1),
        ("maze", "paper", "bos", 1),
        ("maze", "compact", "create 1,2 1,3 c0 c1", 3),
        ("maze", "compact", "create goal c0 c1", 2),
        ("sokoban", "paper", "create box 1 2 c0 c1", 2),
        ("sokoban", "paper", "create worker 1 2 box 1 c0 c1", 7),
        ("sokoban", "paper", "create worker 1 2 worker 1 2 c0 c1", 5),
        ("sokoban", "compact", "plan 1,1 1,2", 3),
        ("tiles", "paper", "create c0", 2),
    ],
)
def test_what_is_not_well_formed_is_refused(name: str, form: str, answer: str, number: int) -> None:
    token_format = format_of(name, form)
    words = answer.split()
    wrong = words[number - 1]
    with pytest.raises(ValueError, match=f"word {number} is '{wrong}', where .* has to be"):
        Grammar(token_format).after(token_format.ids(words))


def test_what_is_forced_has_to_be_well_formed() -> None:
    token_format = format_of("maze", "paper")
    network = small_network(len(token_format.words))
    asked = [Prompt(np.array([BOS, EOS], np.uint16), 0, (PLAN, EOS))]
    settings: Any = {"bos": BOS, "eos": EOS, "max_tokens": 9, "choice": Choice()}
    with pytest.raises(
        ValueError, match="forced upon the answer to prompt 0: word 2 is 'eos', where 0, 1, 2, 3, 4 has to be"
    ):
        generate(network, asked, **settings, grammar=Grammar(token_format))


def test_a_grammar_of_another_vocabulary_is_refused() -> None:
    token_format = format_of("maze", "paper")
    settings: Any = {"bos": BOS, "eos": EOS, "max_tokens": 9, "choice": Choice()}
    with pytest.raises(ValueError, match="the grammar is of 120 words, and the network has 9"):
        generate(small_network(9), [], **settings, grammar=Grammar(token_format))


def test_a_shape_of_no_words_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    token_format = format_of("maze", "paper")
    monkeypatch.setattr(type(token_format.wording), "state_shape", lambda _: Shape(()))
    with pytest.raises(ValueError, match="at least one word"):
        Grammar(token_format)
