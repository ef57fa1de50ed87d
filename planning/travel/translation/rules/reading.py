"""What has been made of a text so far: its items, the fields they state, and every item that some rule accounts for."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from planning.travel.translation.gazetteer import Gazetteer
from planning.travel.translation.rules.lexing import Item
from planning.travel.translation.rules.rewriting import Hit, find, shadow

SENTENCE_ENDS = frozenset({".", ";"})


@dataclass(slots=True)
class Reading:
    """One text being read. The parts of the grammar state fields here, and claim the items that they account for."""

    text: str
    items: Sequence[Item]
    today: date
    gazetteer: Gazetteer
    fields: dict[str, Any] = field(default_factory=dict)
    quotes: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    claimed: set[int] = field(default_factory=set)
    words: str = ""
    sentences: list[range] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Keep the words and the sentences at hand for the rules."""
        self.words = shadow(self.items)
        first = 0
        for place, item in enumerate(self.items):
            if item.word in SENTENCE_ENDS or place + 1 == len(self.items):
                self.sentences += [range(first, place + 1)] * (place + 1 - first)
                first = place + 1

    def find(self, rule: Any) -> list[Hit]:
        """Return every place that a rule matches."""
        return find(self.items, rule, self.words)

    def places_of(self, *tags: str) -> list[int]:
        """Return the places of the items with one of some tags that nobody has claimed yet."""
        return [i for i, item in enumerate(self.items) if item.word in tags and i not in self.claimed]

    def state(self, path: str, value: Any, places: Iterable[int]) -> None:
        """State a field, quote the words at some places for it, and claim them."""
        self.fields[path] = value
        self.quote(path, places)

    def quote(self, path: str, places: Iterable[int]) -> None:
        """Quote the words at some places for a field, and claim them; neighbours make one quote."""
        ordered = sorted(set(places))
        self.claimed.update(ordered)
        runs = self.quotes.setdefault(path, [])
        before = -2
        for place in ordered:
            item = self.items[place]
            if runs and place == before + 1 and runs[-1][1] <= item.start:
                runs[-1] = (runs[-1][0], item.end)
            elif not runs or (item.start, item.end) != runs[-1]:
                runs.append((item.start, item.end))
            before = place

    def claim(self, places: Iterable[int]) -> None:
        """Account for the words at some places without stating a field."""
        self.claimed.update(places)

    def before(self, place: int, count: int) -> list[str]:
        """Return up to `count` words before a place, in order, from the same sentence."""
        words: list[str] = []
        for index in range(place - 1, max(-1, place - 1 - count), -1):
            if self.items[index].word in SENTENCE_ENDS:
                break
            words.append(self.items[index].word)
        return words[::-1]

    def sentence(self, place: int) -> range:
        """Return the places of the sentence that a place lies in, its end included."""
        return self.sentences[place]

    def near(self, place: int, reach: int) -> range:
        """Return the places of the sentence that a place lies in, as far as they are close to it."""
        sentence = self.sentences[place]
        return range(max(sentence.start, place - reach), min(sentence.stop, place + reach + 1))


Part = Callable[[Reading], None]
