"""Where to sleep: the kind of room, what the house must allow, and the lowest rating."""

from collections.abc import Sequence

from planning.travel.request import HouseRule, RoomType
from planning.travel.translation.rules.lexing import Item
from planning.travel.translation.rules.people import Party
from planning.travel.translation.rules.polarity import Stance, stance
from planning.travel.translation.rules.reading import Reading
from planning.travel.translation.rules.rewriting import Build, Hit, Rules, phrase, rewrite_all, tag_as
from planning.travel.translation.rules.word_lists import words

YOUNG = 10
_ROOM = (
    "rooms?|homes?|places?|apartments?|apts?|houses?|units?|flats?|villas?|spaces?|property|properties|accommodations?"
    "|accomodations?|lodgings?|suites?|condos?|cabins?|cottages?|bedrooms?|studios?|residences?|rentals?|airbnbs?"
)
_KIND = "private|rental|hotel|guest|furnished|vacation|holiday|single|double|separate"
_OURS = "ourselves|myself|ourself|just us|us alone|us only|our own"
_ALLOW = (
    "allow|allows|allowing|allowed|permit|permits|permitting|permitted|accept|accepts|accepting|welcome"
    "|welcomes|welcoming"
    "|accommodate|accommodates|accommodating|suitable|suited|appropriate|friendly|conducive|cater|caters"
    "|catering|okay|ok"
    "|fine|permissible|open|safe|tolerate|tolerates|support|supports|friendliness"
)
_ALLOWED = "allowed|permitted|welcome|welcomed|accepted|ok|okay|fine|permissible|friendly|over|acceptable|accommodated"
_FEW = (
    "(?: (?:for|to|of|with|towards?|our|the|us|a|an|any|some|young|younger|small|little|having|bringing"
    "|hosting|having|my|both|in)){0,4}"
)
_UNDER_10 = (
    "(?:(?:aged|who are|that are|of age|ages) )?(?:under|below|younger than|less than)(?: the)?(?:"
    r" age)?(?: of)? (?:age )?\d{1,2}(?: years?(?: old| of age)?)?"
)
_KIDS = "children|kids|child|kid|toddlers?|infants?|babies|baby|little ones|youngsters"
_GUESTS = "visitors?|guests|friends over|company"
_PET = (
    "pets?|dogs?|cats?|puppy|puppies|kittens?|pup|pups|doggo|furry friends?|furry companions?|four legged"
    " friends?|pooch"
    "|golden retriever|labrador|animal companions?|service animals?|emotional support animals?"
)
_BEFORE_PET = r"(?:(?:our|my|the|a|an|\d{1,2}) (?:(?:small|little|big|large|old|young|pet|beloved|furry) ){0,2})?"
_FRIENDLY = (
    r"(?: (?:friendly|friendliness|allowed|welcome|permitted|accepting|allowing|permitting|tolerant|welcoming))?"
)
_STARS = r"(?P<n>\d(?:\.\d)?)"
_OR_BETTER = r"(?: (?:or|and) (?:better|higher|above|more|up|over)| and upwards?| minimum| at least)?"


def tag_lodging(items: Sequence[Item]) -> Sequence[Item]:
    """Return the items with ROOM, RULE and RATING for every mention; whether it is wanted is told later."""
    return rewrite_all(items, (*_RATING_RULES, *_ROOM_RULES, *_HOUSE_RULES))


_DENYING = words("no not never nothing nowhere none avoid avoiding without")


def _rating(hit: Hit) -> Sequence[Item]:
    """Return a lowest rating; a highest one ("at most 3 stars", "3 to 4 stars") is no rule that a request has."""
    said = set(hit.match.group().split())
    is_denied = not said.isdisjoint(_DENYING)
    is_limit = not said.isdisjoint({"below", "less", "lower", "under", "most", "max", "maximum"})
    is_exceeded = not said.isdisjoint({"more", "above", "over", "higher"}) and not said & {"or", "and"}
    is_range = hit.first > 1 and hit.before() in ("and", "to", "-") and hit.everything[hit.first - 2].word[0].isdigit()
    if is_range or (is_exceeded if is_denied else is_limit):
        return hit.tag("OTHER")
    return hit.tag("RATING", float(hit.text("n")))


_DENIED = "(?:no|not|never|nothing|nowhere|none|avoid|avoiding|without)(?: (?!(?:and|but|or|because) )[a-z]+){0,7}?"
_BELOW = "(?:under|below|less than|lower than|worse than)"
_RATED = "rated|ratings?|scores?|scored|scoring|reviews?|reviewed"
_RATING_RULES: Rules = (
    (phrase(rf"{_DENIED} (?:{_RATED})(?: (?:of|at|with|a|is)){{0,2}} {_BELOW} {_STARS}(?: stars?)?"), _rating),
    (
        phrase(
            "(?:(?:with|of|have|has|having|at|a|an|minimum|min|least|above|over|than|better|no|not|nothing"
            rf"|less|lower|below|more|in|rated|most|under|up|to|max|maximum) ){{0,6}}"
            rf"{_STARS}(?: (?:\+|plus))? stars?(?: (?:\+|plus))?{_OR_BETTER}"
        ),
        _rating,
    ),
    (
        phrase(
            "(?:rated|ratings?|scores?|scoring|scored|reviews?)(?: (?:at|least|is|of|be|should|must|a"
            "|minimum|min|above|over|than|higher|better|:|no|not"
            rf"|less|lower|below|more|or|with|around|to|>|=)){{0,6}} {_STARS}(?: (?:/|out of) 5)?(?: (?:\+"
            rf"|plus|stars?))?{_OR_BETTER}"
        ),
        _rating,
    ),
    (
        phrase(
            "(?:(?:at|least|a|an|minimum|min|above|over|than|better|no|not|less|lower|below|more|of)"
            rf" ){{0,5}}{_STARS}(?: (?:/|out of) 5)?(?: (?:\+|plus))?{_OR_BETTER} ratings?"
        ),
        _rating,
    ),
)


def _room(room: RoomType) -> Build:
    return tag_as("ROOM", room)


_MAY_BE = (["can", "be"], ["may", "be"], ["could", "be"])


def _room_by_adjective(hit: Hit) -> Sequence[Item] | None:
    """Return "entire", "private" or "shared" as a room where the words before it speak of rooms."""
    near = {item.word for item in hit.everything[max(0, hit.first - 9) : hit.last + 5]}
    if near.isdisjoint(_ROOM_WORDS):
        return None
    if [item.word for item in hit.everything[max(0, hit.first - 2) : hit.first]] in _MAY_BE:
        return hit.tag("OPEN")
    return hit.tag("ROOM", {"shared": "shared room", "private": "private room"}.get(hit.text("kind"), "entire room"))


_ROOM_WORDS = words(
    """room rooms accommodation accommodations accomodation lodging lodgings place places stay type types hotel
    hotels"""
)
_SHARED_NOUN = rf"{_ROOM}|dorms?|dormitory|dormitories|housing|hostels?|quarters"
_ROOM_RULES: Rules = (
    (
        phrase(
            rf"(?P<kind>entire|private|shared)(?= (?:or|and) (?:(?:an?|the) )?(?:entire|private|shared) (?:{_ROOM}) )"
        ),
        _room_by_adjective,
    ),
    (phrase(rf"(?:non shared|nonshared|unshared)(?: (?:{_ROOM}))?"), _room("not shared room")),
    (
        phrase(
            rf"(?:an? |the )?(?:entire|whole|complete|full|entirety of an?)(?: (?:{_KIND})){{0,2}}"
            rf" (?:{_ROOM})(?: (?:all )?(?:to|for) (?:{_OURS}))?"
        ),
        _room("entire room"),
    ),
    (
        phrase(
            rf"(?:{_ROOM}) (?:(?:all |just |entirely |only )?(?:to|for) (?:{_OURS})"
            rf"|(?:all|just|only|entirely|exclusively) (?:to|for) (?:us|me))"
            r"(?:(?: ,)? (?:with )?(?:nobody|no (?:one|1)) else(?: (?:in it|there|around|inside))?)?"
        ),
        _room("entire room"),
    ),
    (
        phrase(r"private (?:homes?|houses?|villas?|apartments?|apts?|condos?|cabins?|cottages?|flats?)"),
        _room("entire room"),
    ),
    (phrase(rf"(?:an? )?private(?: (?:{_KIND})){{0,2}} (?:{_ROOM}|quarters|stays?)"), _room("private room")),
    (
        phrase(r"(?:our|my|their) own(?: private)? (?:bed)?rooms?|rooms? of (?:our|my) own|individual rooms"),
        _room("private room"),
    ),
    (phrase(rf"(?:an? )?shared(?: (?:{_KIND})){{0,2}} (?:{_SHARED_NOUN})"), _room("shared room")),
    (phrase(r"(?:room|house|accommodation|bedroom) sharing"), _room("shared room")),
    (phrase(r"(?:dorm|dormitory|bunk) (?:rooms?|beds?)|dorms?|dormitory|dormitories"), _room("shared room")),
    (
        phrase(
            "(?:share|sharing)(?: (?:a|an|our|the|any|my|1|their|with|others|strangers|other|people|guests"
            rf"|travell?ers)){{0,4}} (?:{_SHARED_NOUN})"
            r"(?: with (?:others|strangers|other (?:people|guests|travell?ers)|anyone|anybody|someone|other|people))?"
        ),
        _room("shared room"),
    ),
    (phrase(r"(?P<kind>entire|private|shared)(?= (?:,|\.|;|and|or|please|\)|with|but|if|for) )"), _room_by_adjective),
)


def _rule(rule: HouseRule) -> Build:
    return tag_as("RULE", rule)


def _allowed(rule: HouseRule) -> Build:
    """Return a builder that needs a word of allowing near the mention."""

    def build(hit: Hit) -> Sequence[Item] | None:
        near = [item.word for item in hit.everything[max(0, hit.first - 7) : hit.last + 4]]
        return hit.tag("RULE", rule) if _ALLOW_WORDS.intersection(near) else None

    return build


def _under(hit: Hit) -> Sequence[Item] | None:
    """Return the rule for children under 10; an older age is no rule that a house has."""
    age = int(next(item.word for item in reversed(hit.items) if item.word.isdigit()))
    is_counted = hit.before() in ("a", "an", "my", "our") and hit.items[0].word in ("child", "kid", "toddler", "baby")
    return hit.tag("RULE", "children under 10") if age <= YOUNG and not is_counted else None


def _allowed_kids(hit: Hit) -> Sequence[Item] | None:
    return None if hit.before().isdigit() else hit.tag("RULE", "children under 10")


_ALLOW_WORDS = frozenset(f"{_ALLOW}|{_ALLOWED}|host|hosting|have|having".split("|"))
_HOUSE_RULES: Rules = (
    (
        phrase(r"(?:child|kid|kids|children|family|toddler|baby|infant) (?:friendly|friendliness)"),
        _rule("children under 10"),
    ),
    (phrase(rf"(?<!\d )(?<!AGES )(?:young |small |little )?(?:{_KIDS}) {_UNDER_10}"), _under),
    (
        phrase(
            r"(?:under 10s|under tens|(?:aged? )?10 and under|(?:guests|anyone|those|people) under(?: the age of)? 10)"
        ),
        _rule("children under 10"),
    ),
    (
        phrase(
            rf"(?:{_ALLOW})(?: (?:for|to|of|with|towards?|our|the|young|younger|small|little|my|both"
            rf"|having)){{0,4}} (?:{_KIDS})"
        ),
        _allowed_kids,
    ),
    (
        phrase(
            rf"(?:(?:young|small|little) )?(?:{_KIDS})(?= (?:(?:are|is|be|must|should|to|being)"
            rf" ){{0,3}}(?:{_ALLOWED}) )"
        ),
        _allowed_kids,
    ),
    (phrase(r"hot dogs?|cat cafes?|corn dogs?|both parties|all parties|third party|search party"), tag_as("OTHER")),
    (phrase(rf"{_BEFORE_PET}(?:{_PET})(?: (?:and|or) (?:{_PET}))?{_FRIENDLY}"), _rule("pets")),
    (
        phrase(
            "(?:allow|allows|allowing|permit|permits|welcome|welcomes)(?: our)? animals|animal friendly|animals allowed"
        ),
        _rule("pets"),
    ),
    (phrase(r"(?:smoke free|smokefree|non smoking|nonsmoking|non smokers?|nonsmokers?)"), tag_as("OTHER")),
    (
        phrase(
            "(?:smok(?:e|es|ing)|smokers?|cigarettes?|cigars?)(?: (?:friendly|allowed|permitted|indoors"
            "|inside|rooms?))?"
        ),
        _rule("smoking"),
    ),
    (
        phrase(
            "(?:(?:host|hosting|throw|throwing|have|having|hold|holding|allow|allows|allowing|permit"
            "|permits|organi[sz]e)"
            r"(?: (?:a|our|the|some|small|little|big|few|an|occasional|private|social)){0,3} )"
            r"(?:part(?:y|ies)(?! of)|gatherings?|celebrations?|get togethers?|events)"
        ),
        _rule("parties"),
    ),
    (phrase(r"part(?:y|ies)(?: (?:friendly|allowed|permitted))|(?<!\d )parties|partying"), _rule("parties")),
    (
        phrase(
            "(?:allow|allows|allowing|allowed|permit|permits|permitting|accept|accepts|welcome|welcomes"
            "|welcoming|host|hosting|have|having|invite|inviting|receive|receiving|entertain|entertaining"
            "|accommodate)"
            rf"{_FEW} (?:{_GUESTS})(?: over)?"
        ),
        _rule("visitors"),
    ),
    (
        phrase(
            rf"(?:visitors?|guests)(?: (?:are|is|be|must|should|to|being|policy)){{0,3}} (?:{_ALLOWED})"
            "|visitor friendly|guest friendly|friends over"
        ),
        _rule("visitors"),
    ),
    (phrase(r"(?<!time )visitors?(?! (?:centers?|centres?|attractions?|guide|bureau))"), _allowed("visitors")),
)


def read_lodging(reading: Reading) -> None:
    """State the kind of room, the house rules and the lowest rating."""
    _read_rooms(reading)
    _read_house_rules(reading)
    for place in reading.places_of("RATING"):
        if not _is_about_lodging(reading, place):
            continue
        rating: float = reading.items[place].value
        if rating > 5:
            reading.problems.append(f"Ratings go from 0 to 5 stars, not {rating:g}: say a lower one.")
            reading.claim([place])
        else:
            reading.state("lodging.min_rating", max(rating, reading.fields.get("lodging.min_rating", 0.0)), [place])


def _is_about_lodging(reading: Reading, place: int) -> bool:
    """Tell whether a rating is the hotel's: it is, unless the words near it speak of something else."""
    near = [item.word for item in reading.items[max(0, place - 5) : place + 3]]
    return not _OTHER_THINGS.intersection(near) or bool(_ROOM_WORDS.intersection(near))


_OTHER_THINGS = words(
    """restaurant restaurants attraction attractions museum museums food meals dining activities CUISINE"""
)


def _read_rooms(reading: Reading) -> None:
    """State the kind of room that all mentions agree on."""
    wanted: dict[RoomType, list[int]] = {}
    for place in reading.places_of("ROOM"):
        view = stance(reading, place, {"ROOM"})
        if view.is_unclear:
            continue
        reading.claim([place, *view.places])
        room = _wanted_room(reading, place, view)
        if room:
            is_denied = room == "not shared room" and view.places
            first = min(place, *view.places) if is_denied else place
            wanted.setdefault(room, []).extend(range(first, place + 1))
    if set(wanted) > {"not shared room"} and "shared room" not in wanted:
        wanted.pop("not shared room")  # who wants a private room, and no shared one, wants a private room
    if set(wanted) == {"entire room", "private room"}:
        wanted = {"not shared room": [place for places in wanted.values() for place in places]}
    if len(wanted) > 1 and reading.places_of("FREE", "OPEN"):
        return
    if len(wanted) > 1:
        reading.problems.append(f"The room is to be {' or '.join(wanted)}: say which.")
    for room, places in wanted.items():
        reading.state("lodging.room_type", room, places)


def _wanted_room(reading: Reading, place: int, view: Stance) -> RoomType | None:
    """Return the kind of room that one mention asks for, None where it asks for none."""
    room: RoomType = reading.items[place].value
    need_not = any(reading.items[k].value == "need" for k in view.places)
    if room == "shared room" and (view.sign < 0 or need_not):
        return "not shared room"
    if room == "not shared room" and view.sign < 0:
        return "shared room"
    return room if view.sign > 0 else None


def _read_house_rules(reading: Reading) -> None:
    rules: dict[HouseRule, None] = {}
    for place in reading.places_of("RULE"):
        behind = reading.items[place + 1].word if place + 1 < len(reading.items) else "."
        if behind in _OTHER_THINGS:
            continue
        view = stance(reading, place, {"RULE"})
        if view.sign > 0 and _stays_at_home(reading, place):
            reading.claim([place])
        elif view.sign > 0:
            rules[reading.items[place].value] = None
            reading.quote("lodging.house_rules", [place])
            reading.claim(view.places)
        elif view.sign == 0 or _speaks_of_us(reading, view.places):
            reading.claim([place, *view.places])
    for place in [k for k, item in enumerate(reading.items) if item.word == "CHILDREN"]:
        party: Party = reading.items[place].value
        if stance(reading, place, {"CHILDREN"}).sign < 0:
            continue
        if (
            party.is_young
            or any(age < YOUNG for age in party.ages)
            or (party.under is not None and party.under <= YOUNG)
        ):
            rules["children under 10"] = None
            reading.quote("lodging.house_rules", [place])
    if rules:
        reading.fields["lodging.house_rules"] = tuple(rules)


_WANTING = words("""want wants need needs prefer require like must should hotel room accommodation ROOM""")


def _stays_at_home(reading: Reading, place: int) -> bool:
    """Tell whether the pet does not come along: "our dog stays at home"."""
    around = [reading.items[k].word for k in reading.near(place, 7)]
    return "home" in around and not {"stay", "stays", "leave", "leaving", "left", "remains"}.isdisjoint(around)


def _speaks_of_us(reading: Reading, places: Sequence[int]) -> bool:
    """Tell whether the travellers deny something of themselves ("we have no pets"), not of the house."""
    if not places:
        return False
    words = reading.before(min(places), 9)
    return not {"we", "i"}.isdisjoint(words) and _WANTING.isdisjoint(words)
