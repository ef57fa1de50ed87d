"""How many adults and children travel, from all that the text says about them."""

from collections.abc import Sequence

from planning.travel.request import MAX_PEOPLE
from planning.travel.translation.rules.people import Party
from planning.travel.translation.rules.polarity import stance
from planning.travel.translation.rules.reading import Reading
from planning.travel.translation.rules.word_lists import words

HOW_MANY_CHILDREN = "how many children travel"
HOW_MANY_PEOPLE = "how many people travel"
_SUMMING = frozenset({"and", "plus", "&", "+"})
_WANTING = words("want wants would need needs are is plan plans live lives like likes will love wish wishes")
_PLURAL = frozenset({"we", "us", "our", "ours", "ourselves"})


def read_party(reading: Reading) -> None:
    """State how many adults and children travel; without a word about them it is one adult, by default."""
    _leave_out_denied(reading)
    try:
        total, is_set = _total(reading)
        adults = _sum(reading, "ADULTS", "adults")
        children = _sum(reading, "CHILDREN", "children")
        kin = _sum(reading, "KIN", "adults")
        adults, children = _parts(reading, (total, is_set), adults, children, kin)
    except ValueError as error:
        reading.problems.append(str(error))
        reading.claim(_places(reading))
        return
    _state(reading, adults, children)


def _places(reading: Reading) -> list[int]:
    return reading.places_of("PEOPLE", "ADULTS", "CHILDREN", "KIN", "SELF", "FAMILY")


def _parties(reading: Reading, tag: str) -> list[tuple[int, Party]]:
    return [(place, reading.items[place].value) for place in reading.places_of(tag)]


def _leave_out_denied(reading: Reading) -> None:
    """Account for children that do not come along: "without the kids"."""
    for place in reading.places_of("CHILDREN"):
        view = stance(reading, place, {"CHILDREN"})
        if view.sign < 0:
            reading.claim([place, *view.places])


def _total(reading: Reading) -> tuple[int, bool]:
    """Return the one total that the text says, 0 where it says none, and whether it counts everyone."""
    parties = [party for _, party in _parties(reading, "PEOPLE")]
    totals = sorted({party.total for party in parties})
    if len(totals) > 1:
        raise ValueError(f"The text counts {' or '.join(map(str, totals))} people: say how many travel.")
    if totals and not 0 < totals[0] <= MAX_PEOPLE:
        raise ValueError(f"A trip for {totals[0]} people cannot be planned: 1 to {MAX_PEOPLE} can.")
    return (totals[0] if totals else 0), any(party.is_set for party in parties)


def _sum(reading: Reading, tag: str, part: str) -> int:
    """Return the sum of what each sentence counts; sentences that count differently are a problem."""
    sums: dict[int, int] = {}
    for place, party in _parties(reading, tag):
        sentence = reading.sentence(place).start
        sums[sentence] = sums.get(sentence, 0) + getattr(party, part)
    counted = sorted({number for number in sums.values() if number})
    if len(counted) > 1:
        raise ValueError(f"The text counts {' or '.join(map(str, counted))} {part}: say how many.")
    return counted[0] if counted else 0


def _parts(reading: Reading, whole: tuple[int, bool], adults: int, children: int, kin: int) -> tuple[int, int]:
    """Return the adults and the children, 0 and 0 where nothing is said."""
    total, is_set = whole
    if total and adults:
        if children and adults + children != total:
            raise ValueError(f"{adults} adults and {children} children are not {total} people: say how many travel.")
        return adults, children or max(total - adults, 0)
    if total:
        is_sum = children and (_is_joined(reading) or not is_set or children >= total)
        return (total, children) if is_sum and not _is_included(reading) else (total - children, children)
    if adults:
        return adults, children
    is_plural = any(item.word in _PLURAL for item in reading.items)
    if kin or _parties(reading, "SELF"):
        return kin + _is_along(reading), children
    if children:
        guess = 2 if is_plural else 1
        reading.warnings.append(f"How many adults travel with the children is not said: {guess} is assumed.")
        return guess, children
    return 0, 0


def _is_along(reading: Reading) -> bool:
    """Tell whether the writer travels along: not where only others want to go ("my parents would like ...")."""
    others = reading.places_of("KIN")
    alone = [k for k in others if reading.items[k + 1].word in _WANTING and not reading.before(k, 1)]
    return len(alone) != 1 or len(others) > 1 or bool(reading.places_of("SELF"))


def _around_children(reading: Reading) -> Sequence[str]:
    places = [place for place, party in _parties(reading, "CHILDREN") if party.children]
    return reading.before(places[0], 6) if places else ()


def _is_joined(reading: Reading) -> bool:
    """Tell whether the children come on top of a total: "3 friends and 2 kids"."""
    words = _around_children(reading)
    return len(words) > 1 and words[-1] in _SUMMING and words[-2] == "PEOPLE"


def _is_included(reading: Reading) -> bool:
    return not {"including", "include", "includes", "whom", "which", "among"}.isdisjoint(_around_children(reading))


def _state(reading: Reading, adults: int, children: int) -> None:
    uncounted = [place for place, party in _parties(reading, "CHILDREN") if party.is_uncounted]
    counted = [place for place, party in _parties(reading, "CHILDREN") if party.children]
    if adults or children:
        parts = ("PEOPLE", "ADULTS", "KIN", "SELF")
        reading.state("adults", adults, [*reading.places_of(*parts)] or reading.places_of("CHILDREN"))
    if children:
        reading.state("children", children, counted)
    elif uncounted and adults:
        reading.warnings.append(f"How many of the {adults} travellers are children is not said: all count as adults.")
    elif uncounted:
        reading.missing.append(HOW_MANY_CHILDREN)
    if reading.places_of("FAMILY") and not adults and not children:
        reading.missing.append(HOW_MANY_PEOPLE)
    reading.claim([*uncounted, *reading.places_of("FAMILY", "SELF")])
