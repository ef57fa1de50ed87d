"""Rules over items: a regular expression over their words finds some of them, and a function replaces them.

The words are lower-case and tags are upper-case, so that a pattern like ``from CITY to CITY`` reads as it looks.
Every pattern is bounded: it repeats no group that can match in two ways, and so takes time linear in the text.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from planning.travel.translation.rules.lexing import Item


@dataclass(frozen=True, slots=True)
class Hit:
    """What a rule found: the items from `first` up to `last` (exclusive) of `everything`."""

    match: re.Match[str]
    everything: Sequence[Item]
    first: int
    last: int
    starts: Sequence[int]

    @property
    def items(self) -> Sequence[Item]:
        """Return the items found."""
        return self.everything[self.first : self.last]

    def text(self, name: str) -> str:
        """Return the words of a named group, or "" where the rule has none or it took no part."""
        return (self.match.group(name) or "").strip() if name in self.match.re.groupindex else ""

    def group(self, name: str) -> Sequence[Item]:
        """Return the items of a named group, none where the rule has none or it took no part."""
        start, end = self.match.span(name) if name in self.match.re.groupindex else (-1, -1)
        if start < 0:
            return ()
        return self.everything[bisect_left(self.starts, start) : bisect_left(self.starts, end)]

    def value(self, name: str) -> Any:
        """Return what the first item of a named group stands for."""
        return self.group(name)[0].value

    def before(self) -> str:
        """Return the word before the items found, or "." at the start of the text."""
        return self.everything[self.first - 1].word if self.first else "."

    def after(self) -> str:
        """Return the word behind the items found, or "." at the end of the text."""
        return self.everything[self.last].word if self.last < len(self.everything) else "."

    def tag(self, word: str, value: Any = None) -> list[Item]:
        """Return one item that stands for all the items found."""
        return [tagged(self.items, word, value)]


Build = Callable[[Hit], Sequence[Item] | None]
Rules = Sequence[tuple[re.Pattern[str], Build]]


def tagged(items: Sequence[Item], word: str, value: Any = None) -> Item:
    """Return one item with a tag that stands for some items next to each other."""
    first = items[0]
    return Item(word, first.start, max(item.end for item in items), first.capital, first.upper, first.glued, value)


def phrase(pattern: str) -> re.Pattern[str]:
    """Compile a pattern that matches whole items only."""
    return re.compile(f"(?<= )(?:{pattern})(?= )")


def shadow(items: Sequence[Item]) -> str:
    """Return the words of some items with a space around each."""
    return f" {' '.join(item.word for item in items)} "


def find(items: Sequence[Item], rule: re.Pattern[str], words: str | None = None) -> list[Hit]:
    """Return every place that a rule matches, from left to right; `words` is the items' shadow where it is at hand."""
    words = shadow(items) if words is None else words
    matches = list(rule.finditer(words))
    if not matches:
        return []
    starts = list(accumulate((len(item.word) + 1 for item in items), initial=1))
    return [
        Hit(match, items, bisect_left(starts, match.start()), bisect_left(starts, match.end()), starts)
        for match in matches
        if match.end() > match.start()
    ]


def rewrite(items: Sequence[Item], rule: re.Pattern[str], build: Build) -> Sequence[Item]:
    """Replace what a rule finds by what `build` makes of it; None leaves it as it is."""
    return _replace(items, find(items, rule), build)


def _replace(items: Sequence[Item], hits: Sequence[Hit], build: Build) -> Sequence[Item]:
    if not hits:
        return items
    result: list[Item] = []
    copied = 0
    for hit in hits:
        built = build(hit)
        if built is not None:
            result += items[copied : hit.first]
            result += built
            copied = hit.last
    return [*result, *items[copied:]] if copied or result else items


def rewrite_all(items: Sequence[Item], rules: Rules) -> Sequence[Item]:
    """Apply rules one after the other, each to what the one before left."""
    words = shadow(items)
    for rule, build in rules:
        replaced = _replace(items, find(items, rule, words), build)
        if replaced is not items:
            items, words = replaced, shadow(replaced)
    return items


def tag_as(word: str, value: Any = None) -> Build:
    """Return a builder that replaces what a rule finds by one tag."""

    def build(hit: Hit) -> Sequence[Item]:
        return hit.tag(word, value)

    return build
