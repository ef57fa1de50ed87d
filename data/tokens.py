"""Traces as tokens: sequences of word numbers, packed for training, in the manner of Searchformer (arXiv 2402.14083).

A sequence is a flat list of clauses. A prompt is `bos … eos` with the domain's words of the problem; a trace has a
clause `create <state> c<g> c<h>` or `close <state> c<g> c<h>` for each event; a plan has a clause `plan <state>` for
each state that it goes through.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from planning.domain import FORMATS, Domain, Wording
from planning.domains import DOMAINS
from planning.traces import Ints, Offsets, Traces
from solvers import registry

Ids = NDArray[np.uint16]

CONTROL: Final = ("pad", "bos", "eos", "create", "close", "plan")
PAD, BOS, EOS, CREATE, CLOSE, PLAN = range(6)
FIRST_COST: Final = len(CONTROL)
MAX_WORDS: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Tokens:
    """N searches as token ids (uint16); what belongs to search i lies at offsets[i] : offsets[i + 1] of its column.

    Prompts have their `bos` and `eos`; traces and plans have none, so that a loader chooses between `bos plan eos` and
    `bos trace plan eos`. Offsets are int64 [N + 1].
    """

    prompts: Ids
    prompt_offsets: Offsets
    traces: Ids
    trace_offsets: Offsets
    plans: Ids
    plan_offsets: Offsets

    def __len__(self) -> int:
        return len(self.prompt_offsets) - 1

    def __getitem__(self, i: int) -> tuple[Ids, Ids, Ids]:
        """Return views of the prompt, the trace and the plan of search i (from 0; from the end where negative)."""
        if not -len(self) <= i < len(self):
            raise IndexError(f"there is no example {i}: there are {len(self)}")
        i %= len(self)
        return (
            self.prompts[self.prompt_offsets[i] : self.prompt_offsets[i + 1]],
            self.traces[self.trace_offsets[i] : self.trace_offsets[i + 1]],
            self.plans[self.plan_offsets[i] : self.plan_offsets[i + 1]],
        )

    @property
    def num_tokens(self) -> int:
        """Return the number of tokens of all three columns."""
        return len(self.prompts) + len(self.traces) + len(self.plans)


@dataclass(frozen=True, slots=True, eq=False)
class TokenFormat:
    """One way to write one domain's problems of one size as tokens; equal formats have equal words.

    `name` is one of `planning.domain.FORMATS`, `width` and `height` are in cells, and `max_cost` is the greatest g or h
    that has a word. `words` are the vocabulary: the id of a word is its place, as in `places`.

    Raises:
        ValueError: The name, the size or `max_cost` is not possible, or there are more words than 16 bits can number.
    """

    domain: Domain[Any, Any]
    name: str
    width: int
    height: int
    max_cost: int
    words: tuple[str, ...] = field(init=False, repr=False)
    wording: Wording = field(init=False, repr=False)
    places: Mapping[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Make the vocabulary."""
        if self.name not in FORMATS:
            raise ValueError(registry.unknown("token format", self.name, FORMATS))
        if self.width < 1 or self.height < 1:
            raise ValueError(f"a problem of {self.width} × {self.height} cells has no tokens: sizes are at least 1")
        if self.max_cost < 0:
            raise ValueError(f"max_cost must be at least 0, not {self.max_cost}")
        self._check_number(self.first_word)
        wording = self.domain.wording(self.name, self.width, self.height)
        self._check_number(self.first_word + len(wording.words))
        words = (*CONTROL, *(f"c{cost}" for cost in range(self.max_cost + 1)), *wording.words)
        places = {word: place for place, word in enumerate(words)}
        if len(places) < len(words):
            twice = next(word for place, word in enumerate(words) if places[word] != place)
            raise ValueError(f"the word {twice!r} is twice in the vocabulary of {self.domain.name} ({self.name})")
        object.__setattr__(self, "wording", wording)
        object.__setattr__(self, "words", words)
        object.__setattr__(self, "places", places)

    def _check_number(self, number: int) -> None:
        if number > MAX_WORDS:
            raise ValueError(
                f"{self.domain.name} of {self.width} × {self.height} cells with max_cost {self.max_cost} has "
                f"{number:,} words or more; 16 bits number {MAX_WORDS:,}: lower max_cost or the size"
            )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TokenFormat) or type(self.domain) is not type(other.domain):
            return False
        return self.description() == other.description()

    def __hash__(self) -> int:
        return hash(tuple(self.description().values()))

    @property
    def first_word(self) -> int:
        """Return the id of the domain's first word: those of the costs lie before it."""
        return FIRST_COST + self.max_cost + 1

    def description(self) -> dict[str, str | int]:
        """Return what `format_from` makes an equal format of; it can be written as JSON."""
        return {
            "domain": self.domain.name,
            "format": self.name,
            "width": self.width,
            "height": self.height,
            "max_cost": self.max_cost,
        }

    def encode(self, traces: Traces) -> Tokens:
        """Write searches as tokens, without a loop over tokens or examples.

        All problems have to be of the format's size; that is checked on the first.

        Raises:
            ValueError: A cost has no word, or a problem or a state does not fit the format.
        """
        if not len(traces):
            none, start = np.zeros(0, np.uint16), np.zeros(1, np.int64)
            return Tokens(none, start, none, start, none, start)
        self._check_extent(traces)
        self._check_costs(traces)
        wording = self.wording
        body, ends = self._clauses(wording.prompt_tokens(traces), traces.code_offsets, None)
        plans = self._clauses(wording.plan_tokens(traces), traces.plan_offsets, PLAN)
        heads = traces.kinds + np.uint8(CREATE)
        steps = self._clauses(wording.state_tokens(traces), traces.event_offsets, heads, (traces.g, traces.h))
        return Tokens(*_enclosed(body, ends), *steps, *plans)

    def prompt_words(self, traces: Traces, i: int) -> list[str]:
        """Return the prompt of search i: `bos … eos`."""
        return self.text(self.encode(traces.select(np.array([i]))).prompts)

    def target_words(self, traces: Traces, i: int) -> list[str]:
        """Return what is to be learned of search i: `bos <trace> <plan> eos`."""
        tokens = self.encode(traces.select(np.array([i])))
        return [CONTROL[BOS], *self.text(tokens.traces), *self.text(tokens.plans), CONTROL[EOS]]

    def ids(self, words: Iterable[str]) -> Ids:
        """Return [number of words] the ids of words; ValueError names a word that is not in the vocabulary."""
        given = list(words)
        try:
            return np.array([self.places[word] for word in given], np.uint16)
        except KeyError:
            place = next(place for place, word in enumerate(given) if word not in self.places)
            unknown = registry.unknown("word", given[place], self.words)
            raise ValueError(f"{unknown} It is word {place + 1} of {len(given)}") from None

    def text(self, ids: Sequence[int] | NDArray[Any]) -> list[str]:
        """Return the words of ids; ValueError names an id that no word has."""
        numbers = np.asarray(ids)
        if numbers.size and not 0 <= numbers.min() <= numbers.max() < len(self.words):
            wrong = next(number for number in numbers.tolist() if not 0 <= number < len(self.words))
            raise ValueError(f"no word has the id {wrong}: there are {len(self.words)} words, from 0 on")
        words = self.words
        return [words[number] for number in numbers.tolist()]

    def _check_extent(self, traces: Traces) -> None:
        codes = traces.codes[traces.code_offsets[0] : traces.code_offsets[1]].tolist()
        width, height = self.domain.extent(self.domain.problem(codes))
        if (width, height) != (self.width, self.height):
            raise ValueError(
                f"the token format is for {self.width} × {self.height} cells, and the first problem has "
                f"{width} × {height}: make a TokenFormat of that size"
            )

    def _check_costs(self, traces: Traces) -> None:
        for name, costs in (("g", traces.g), ("h", traces.h)):
            if not costs.size:
                continue
            least, most = int(costs.min()), int(costs.max())
            if least < 0:
                raise ValueError(f"{name} is {least} in a trace: costs with words are whole numbers from 0 on")
            if most > self.max_cost:
                possible = most < MAX_WORDS - len(CONTROL)
                remedy = f"make it with a max_cost of at least {most}" if possible else "no format has so many words"
                raise ValueError(
                    f"{name} is {most} in a trace, and the token format has words up to c{self.max_cost}: {remedy}"
                )

    def _clauses(
        self, rows: Ints, offsets: Offsets, heads: int | NDArray[np.uint8] | None, costs: tuple[Ints, ...] = ()
    ) -> tuple[Ids, Offsets]:
        """Return the clauses `<head> <words of a row> <costs>` one after the other, and where each search begins.

        `rows` is [R, L] places in the domain's words, −1 for none; there is one head, and one of each kind of
        cost, for each row.
        """
        first = 0 if heads is None else 1
        num_rows, length = rows.shape
        if rows.size and not -1 <= int(rows.min()) <= int(rows.max()) < len(self.wording.words):
            raise ValueError(f"a problem or a state does not fit the {self.width} × {self.height} cells of the format")
        clauses = np.empty((num_rows, first + length + len(costs)), np.uint16)
        if heads is not None:
            clauses[:, 0] = heads
        np.add(rows, self.first_word, out=clauses[:, first : first + length], casting="unsafe")
        for place, cost in enumerate(costs, first + length):
            np.add(cost, FIRST_COST, out=clauses[:, place], casting="unsafe")
        present = rows >= 0
        if present.all():
            return clauses.reshape(-1), offsets * clauses.shape[1]
        lengths = np.full(num_rows, first + len(costs), np.int64)
        for column in range(length):
            lengths += present[:, column]
        kept = np.ones(clauses.shape, np.bool_)
        kept[:, first : first + length] = present
        return clauses[kept], np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])[offsets]


def format_for(domain: Domain[Any, Any], problem: Any, name: str, max_cost: int) -> TokenFormat:
    """Return the token format for a problem's size."""
    return TokenFormat(domain, name, *domain.extent(problem), max_cost)


def format_from(description: Mapping[str, Any]) -> TokenFormat:
    """Return the token format of which `TokenFormat.description` made this.

    Raises:
        ValueError: Something is missing, unknown or of the wrong kind.
    """
    kinds = {"domain": str, "format": str, "width": int, "height": int, "max_cost": int}
    for key, kind in kinds.items():
        if not isinstance(description.get(key), kind) or isinstance(description[key], bool):
            raise ValueError(f"a token format needs {key!r} ({kind.__name__}), not {description.get(key)!r}")
    domain = registry.lookup("domain", description["domain"], DOMAINS)
    return TokenFormat(
        domain, description["format"], description["width"], description["height"], description["max_cost"]
    )


def _enclosed(body: Ids, ends: Offsets) -> tuple[Ids, Offsets]:
    """Return sequences with `bos` before and `eos` behind each of them."""
    offsets = ends + 2 * np.arange(len(ends))
    tokens = np.empty(len(body) + 2 * (len(ends) - 1), np.uint16)
    inside = np.ones(len(tokens), np.bool_)
    for word, places in ((BOS, offsets[:-1]), (EOS, offsets[1:] - 1)):
        inside[places] = False
        tokens[places] = word
    tokens[inside] = body
    return tokens, offsets
