"""Quotes of a text: where their words stand in it, what amounts they say, and which words nothing accounts for."""

import re
from collections.abc import Iterable
from typing import Any
from unicodedata import category

from planning.travel.request import MAX_PEOPLE
from planning.travel.translation.rules.vocabulary import FILLERS

Spans = tuple[tuple[int, int], ...]

PLAIN = str.maketrans("’‘“”–—−\u00a0", "''\"\"--- ")
AMOUNT = re.compile(r"(\d[\d,]{0,15}(?:\.\d{1,6})?)(?:\s*(k|thousand|grand|m|million)\b)?", re.IGNORECASE)
SCALES = {"": 1, "k": 1_000, "thousand": 1_000, "grand": 1_000, "m": 1_000_000, "million": 1_000_000}
WORD = re.compile(r"[^\W_]+(?:['’.,:/-][^\W_]+)*")
NUMBER_WORD = re.compile(
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|"
    r"(?:twen|thir|for|fif|six|seven|eigh|nine)ty|dozen|hundred|thousand|grand|million)",
    re.IGNORECASE,
)
# "we'd" is "we" and "would"; "can't" is a negation, and no filler.
CONTRACTED = frozenset({"d", "ll", "m", "re", "s", "ve"})


def find_quote(quote: str, text: str) -> list[tuple[int, int]]:
    """Return where whole words of the text are a quote, whatever its case, spaces, and kind of dash and apostrophe."""
    words = quote.translate(PLAIN).split()
    says_something = any(letter.isalnum() or category(letter) == "Sc" for letter in quote)
    if not says_something or len(quote) > len(text):
        return []
    pattern = r"\s+".join(map(re.escape, words))
    # "1" is no quote of "1,700", nor "an" of "plan".
    before = r"(?<!\w)(?<!\d[.,])" if words[0][0].isalnum() else ""
    after = r"(?!\w|[.,]\d)" if words[-1][-1].isalnum() else ""
    return [match.span() for match in re.finditer(before + pattern + after, text.translate(PLAIN), re.IGNORECASE)]


def is_amount(cents: Any, quotes: Iterable[str]) -> bool:
    """Tell whether money may be what quotes say: an amount in digits, or one for each of several people, or words."""
    said = " … ".join(quotes)
    numbers = [
        round(float(number.replace(",", "")) * SCALES[scale.casefold()] * 100)
        for digits, scale in AMOUNT.findall(said)
        for number in (digits, digits.replace(".", ""))  # some write 1.700 for 1,700
    ]
    if not numbers:
        return NUMBER_WORD.search(said) is not None
    if not isinstance(cents, int):
        return True  # a wrong type is for the request's validation to name
    return any(number and cents % number == 0 and cents // number <= MAX_PEOPLE for number in numbers)


def is_filler(word: str) -> bool:
    """Tell whether no constraint hangs on a word."""
    stem, *endings = word.translate(PLAIN).casefold().split("'")
    return stem in FILLERS and CONTRACTED.issuperset(endings)


def unaccounted(text: str, accounted: Iterable[tuple[int, int]], given_up: Spans) -> tuple[str, ...]:
    """Return, in the order of the text, what was given up on and every content word that nothing accounts for.

    Words that stand side by side make one phrase.
    """
    covered = bytearray(len(text))
    for start, end in (*given_up, *accounted):
        covered[start:end] = b"\1" * (end - start)
    left = [
        match.span()
        for match in WORD.finditer(text)
        if not any(covered[slice(*match.span())]) and not is_filler(match.group())
    ]
    phrases: list[tuple[int, int]] = []
    for start, end in sorted({*left, *given_up}):
        last = phrases[-1][1] if phrases else 0
        if phrases and (start <= last or text[last:start].isspace()):
            phrases[-1] = (phrases[-1][0], max(end, last))
        else:
            phrases.append((start, end))
    return tuple(text[start:end] for start, end in phrases)
