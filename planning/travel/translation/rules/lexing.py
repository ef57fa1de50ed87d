"""A text as items: words, digits and marks of punctuation, each with its place in the original text."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from planning.travel.translation.gazetteer import fold_name
from planning.travel.translation.rules.word_lists import word_list, words

MONTHS = word_list("""january february march april may june july august september october november december""")
MONTH_NUMBERS: dict[str, int] = {
    **{name: number for number, name in enumerate(MONTHS, 1)},
    **{name[:3]: number for number, name in enumerate(MONTHS, 1)},
    "sept": 9,
}
_MAX_DIGITS = 15
_LIKE_ASCII = str.maketrans("‘’ʼ`´“”„«»‐‑‒–—―−…", "'''''\"\"\"\"\"-------.")
_CONTRACTED = {"'ll": "will", "'re": "are", "'ve": "have", "'m": "am", "'d": "would"}
_NOT_STEMS = {"ca": "can", "wo": "will", "sha": "shall", "ai": "is"}
_IS_STEMS = words("it that this what there here who where how he she everything everyone")
_UNMARKED = {
    "cannot": ("can", "not"),
    "dont": ("do", "not"),
    "doesnt": ("does", "not"),
    "didnt": ("did", "not"),
    "cant": ("can", "not"),
    "wont": ("will", "not"),
    "isnt": ("is", "not"),
    "arent": ("are", "not"),
    "wouldnt": ("would", "not"),
    "shouldnt": ("should", "not"),
    "im": ("i", "am"),
    "ive": ("i", "have"),
    "youre": ("you", "are"),
    "gonna": ("going", "to"),
    "u": ("you",),
    "ur": ("your",),
    "frm": ("from",),
    "b4": ("before",),
    "gf": ("girlfriend",),
    "bf": ("boyfriend",),
    "hubby": ("husband",),
    "n": ("and",),
    "cuz": ("because",),
    "wanna": ("want", "to"),
}
_DOTTED_SHORT = r"(?:st|ste|ft|mt|mr|mrs|ms|dr)\.(?=\s*[^\W\d_])"
_DOTTED_MONTH = (
    r"(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|mon|tues?|wed|thurs?|thu|fri|sat|sun|approx|max|min)\.(?=\s?\d)"
)
_TOKEN = re.compile(
    rf"""(?P<numeric_date>(?<![\d./])(?:\d{{4}}(?P<sep>[-/.])\d{{1,2}}(?P=sep)\d{{1,2}}|\d{{1,2}}(?P<sep2>[-/.])\d{{1,2}}(?P=sep2)(?:\d{{4}}|\d{{2}}))(?!\d|[/.]\d))
    |(?P<slash>(?<![\d/])\d{{1,2}}/\d{{1,2}}(?![\d/]))
    |(?P<clock>(?<![\d:])\d{{1,2}}:\d{{2}}(?![\d:]))
    |(?P<number>\d{{1,3}}(?:,\d{{3}}){{1,4}}(?:\.\d{{1,2}})?(?!\d)|\d+\.\d+(?!\.?\d)|\d+|\.\d+)
    |(?P<initials>(?:[^\W\d_]\.){{2,6}}|(?:a|p)\.\s?m\b\.?)
    |(?P<short>\b(?:{_DOTTED_SHORT}|{_DOTTED_MONTH}))
    |(?P<with>\bw/(?:out\b|o\b)?)
    |(?P<word>[^\W\d_]+(?:'[^\W\d_]+)*'?)
    |(?P<arrow>[-=]+>|→|➔|➜|⇒)
    |(?P<stop>[.!?]+)
    |(?P<newline>\n(?=[ \t\r]{{0,9}}(?:\n|[-*•]|[^\W\d_][^\W_]{{0,15}}(?:\ [^\W_]{{1,15}}){{0,3}}\s?:)))
    |(?P<mark>(?P<sign>[^\w\s])(?P=sign)*)""",
    re.VERBOSE | re.IGNORECASE,
)
_SPELLED = {"arrow": "->", "stop": ".", "newline": "."}
_ORDINAL_ENDINGS = frozenset({"st", "nd", "rd", "th"})
_MARKS = {"&": "and", "+": "+", "?": ".", "!": ".", "*": "", "•": "", '"': "", "_": "", "#": "", "~": "", "^": ""}


@dataclass(frozen=True, slots=True)
class Item:
    """One word, number or mark of a text, or an upper-case tag that stands for several of them.

    `start` and `end` count characters of the original text; `value` is what a tag means. `glued` tells that no space
    comes before.
    """

    word: str
    start: int
    end: int
    capital: bool = False
    upper: bool = False
    glued: bool = False
    value: Any = None


def plain_text(text: str) -> str:
    """Return a text of the same length with plain quotes, dashes, digits and spaces, so that places stay the same."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_plain_character(character) for character in text.translate(_LIKE_ASCII))


def _plain_character(character: str) -> str:
    if character == "\n" or (character.isascii() and character.isprintable()):
        return character
    if unicodedata.category(character)[0] in "CZ":
        return " "
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 else character


def lex(text: str) -> list[Item]:
    """Return the items of a text. Contractions are two items ("do", "not"); a hyphen inside a word is none.

    Numbers lose their commas, ordinals keep their ending ("16th"), every end of a sentence is ".", and so is the end of
    the text.
    """
    items: list[Item] = []
    plain = plain_text(text)
    for match in _TOKEN.finditer(plain):
        kind = match.lastgroup or ""
        kind = "numeric_date" if kind.startswith("sep") else kind
        glued = bool(items) and items[-1].end == match.start()
        if kind in ("word", "initials", "short"):
            _add_word(items, plain, match, glued)
        elif kind == "mark" and match.group() == "-" and _is_inside_word(plain, match.start()):
            continue
        else:
            word = _spelled(kind, match.group())
            if match.group() == "*" and glued and items[-1].word[0].isdigit():
                word = "stars"
            if word:
                items.append(Item(word, match.start(), match.end(), glued=glued))
    if items and items[-1].word != ".":
        items.append(Item(".", len(text), len(text), glued=True))
    return items


def _add_word(items: list[Item], plain: str, match: re.Match[str], glued: bool) -> None:
    raw = match.group()
    if glued and raw.lower() in _ORDINAL_ENDINGS and items[-1].word.isdigit():
        last = items.pop()
        items.append(Item(last.word + raw.lower(), last.start, match.end(), glued=last.glued))
        return
    letters = raw.replace(".", "").strip("'")
    capital, upper = raw[0].isupper(), len(letters) > 1 and letters.isupper()
    for word, start, end in _split(raw, match.start()):
        items.append(Item(word, start, end, capital, upper, glued))
    is_last = raw.endswith(".") and match.lastgroup == "initials"
    if is_last and re.match(r"\s+[A-Z]|\s*$", plain[match.end() : match.end() + 8]):
        items.append(Item(".", match.end() - 1, match.end(), glued=True))


def _split(raw: str, start: int) -> Iterator[tuple[str, int, int]]:
    """Yield the words that one written word stands for, with their places."""
    end = start + len(raw)
    low = raw.lower()
    if low.endswith("n't") and len(low) > 3:
        stem = low[:-3]
        yield _NOT_STEMS.get(stem, fold_name(stem)), start, end - 3
        yield "not", end - 3, end
    elif (tail := low[low.rfind("'") :] if "'" in low else "") in _CONTRACTED:
        yield fold_name(low[: -len(tail)]) or low, start, end - len(tail)
        yield _CONTRACTED[tail], end - len(tail), end
    elif tail == "'s" and len(low) > 2:
        stem = fold_name(low[:-2]) or low
        yield stem, start, end - 2
        yield ("us" if stem == "let" else "is" if stem in _IS_STEMS else "'s"), end - 2, end
    elif low in _UNMARKED:
        for word in _UNMARKED[low]:
            yield word, start, end
    else:
        # Names in a script without case would be lost by folding, and so would a word that folds to two.
        folded = fold_name(low)
        yield folded if folded and " " not in folded else low.replace(" ", ""), start, end


def _is_inside_word(plain: str, place: int) -> bool:
    before, after = plain[place - 1 : place], plain[place + 1 : place + 2]
    behind_ordinal = plain[max(0, place - 2) : place].lower() in _ORDINAL_ENDINGS
    behind_day = before.isdigit() or (behind_ordinal and plain[max(0, place - 3) : place - 2].isdigit())
    if after.isdigit():  # the dash of "2k-3k" stays, the one of "March-16" goes
        is_amount = before.lower() in "km" and plain[max(0, place - 2) : place - 1].isdigit()
        return before.isalpha() and not behind_day and not is_amount
    month = re.match(r"[a-z]+", plain[place + 1 : place + 12].lower())
    return before.isalnum() and after.isalpha() and not (behind_day and month and month.group() in MONTH_NUMBERS)


def _spelled(kind: str, raw: str) -> str:
    """Return how a number or a mark is written in the items: "" for a mark that means nothing."""
    if kind == "number":
        digits = raw.replace(",", "")
        if len(digits) > _MAX_DIGITS:
            return "x" + digits
        return "0" + digits if digits.startswith(".") else digits
    if kind == "with":
        return "with" if len(raw) == 2 else "without"
    return _SPELLED.get(kind) or (raw if raw[0].isdigit() else _MARKS.get(raw[0], raw[0]))
