"""Numbers in words as digits: "two", "twenty-five hundred", "a dozen", "2 and a half thousand"."""

from collections.abc import Sequence

from planning.travel.translation.rules.lexing import Item
from planning.travel.translation.rules.rewriting import Hit, phrase, rewrite, tagged
from planning.travel.translation.rules.word_lists import word_list, words

_SMALL = word_list(
    """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen"""
)
_TENS = word_list("twenty thirty forty fifty sixty seventy eighty ninety")
WORD_VALUES: dict[str, int] = {
    **{word: value for value, word in enumerate(_SMALL)},
    **{word: 10 * place for place, word in enumerate(_TENS, 2)},
    "fourty": 40,
}
SCALES: dict[str, int] = {"dozen": 12, "hundred": 100, "thousand": 1000, "million": 1_000_000}
_VALUE = "|".join(WORD_VALUES)
_SCALE = "|".join(SCALES)
_WORDS = phrase(
    rf"(?:a (?:{_SCALE})|\d{{1,12}}(?:\.\d+)? (?:{_SCALE})|(?:{_VALUE}))"
    rf"(?:(?: and(?= (?:{_VALUE})))? (?:{_VALUE}|{_SCALE}))*"
)
_HALVES = phrase(rf"(?P<whole>\d{{1,6}}|{_VALUE}|a)(?: (?P<early>{_SCALE}))? and a half(?: (?P<late>{_SCALE}))?")
# "one" is no number in "no one", "this one" and "one of us".
_NOT_BEFORE_ONE = words("no this that the each which any every some another first only")
_MAX_WORDS = 12
_NOT_BEHIND_ONE = frozenset({"of", "another", "'s"})


def read_number_words(items: Sequence[Item]) -> Sequence[Item]:
    """Return the items with every number that is written in words as one item of digits."""
    return rewrite(rewrite(items, _HALVES, _half), _WORDS, _digits)


def _half(hit: Hit) -> Sequence[Item] | None:
    scale = SCALES.get(hit.text("early") or hit.text("late"), 1)
    whole = hit.text("whole")
    value = (1 if whole == "a" else WORD_VALUES.get(whole, 0) or int(whole if whole.isdigit() else 0)) + 0.5
    return hit.tag(_written(value * scale))


def _digits(hit: Hit) -> Sequence[Item] | None:
    words = [item.word for item in hit.items]
    if words[0] == "one" and (hit.before() in _NOT_BEFORE_ONE or (len(words) == 1 and hit.after() in _NOT_BEHIND_ONE)):
        return None
    numbers: list[Item] = []
    first = 0
    for index in range(1, len(words) + 1):
        if index == len(words) or not _continues(words[first:index], words[index]):
            chunk = hit.items[first:index]
            numbers.append(chunk[0] if words[first] == "and" else _number(chunk))
            first = index
    return numbers


def _continues(words: Sequence[str], word: str) -> bool:
    """Tell whether a word belongs to the number that the words before it begin."""
    last = words[-1]
    if len(words) >= _MAX_WORDS:
        return False
    if word in SCALES:
        return last not in SCALES or SCALES[last] < SCALES[word]
    if word == "and" or last == "and":
        return any(scale in words for scale in ("hundred", "thousand", "million"))
    if last in SCALES:
        return last != "dozen"
    return last in _TENS and 1 <= WORD_VALUES.get(word, 0) <= 9


def _number(items: Sequence[Item]) -> Item:
    total: float = 0
    current: float = 0
    for index, word in enumerate(item.word for item in items):
        if word in WORD_VALUES:
            current += WORD_VALUES[word]
        elif word in SCALES:
            current = (current or 1) * SCALES[word]
            if SCALES[word] >= 1000:
                total, current = total + current, 0
        elif word not in ("a", "and"):
            current += float(word) if index == 0 else 0
    return tagged(items, _written(total + current))


def _written(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.2f}"
