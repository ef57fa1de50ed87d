"""Words for travellers as tags: PEOPLE is a total, ADULTS and CHILDREN its parts, KIN are others than the writer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from planning.travel.translation.rules.lexing import Item
from planning.travel.translation.rules.rewriting import Build, Hit, Rules, phrase, rewrite_all, tag_as, tagged
from planning.travel.translation.rules.word_lists import words

_HEADS = (
    "people|persons?|individuals?|travell?ers?|guests|folks|passengers|participants|members|tourists|pax|ppl|friends"
    "|colleagues|coworkers|co workers|buddies|pals|mates|students|guys|girlfriends|explorers|vacationers|heads|souls"
    "|tickets|employees|teammates|siblings|sisters|brothers|cousins"
)
_GROWN = "adults?|grown ups?|grownups?|seniors?|women|men|parents|grandparents|ladies|gentlemen|retirees|pensioners"
_SMALL = "infants?|baby|babies|toddlers?|newborns?|preschoolers?|little ones?"
_CHILD = (
    "children|child|kids?|kiddos?|sons?|daughters?|boys?|girls?|teens?|teenagers?|minors?|youngsters?|grandchildren"
    f"|grandkids?|grandsons?|granddaughters?|nephews?|nieces?|{_SMALL}"
)
_MANY = (
    "children|kids|kiddos|sons|daughters|boys|girls|teens|teenagers|minors|youngsters|grandchildren|grandkids|grandsons"
    "|granddaughters|nephews|nieces|infants|babies|toddlers|newborns|preschoolers|little ones"
)
_RELATIVE = (
    "wife|husband|spouse|partner|girlfriend|boyfriend|fiance|fiancee|friend|buddy|pal|mate|best friend"
    "|bff|mother|mom|mum"
    "|father|dad|sister|brother|sibling|cousin|aunt|uncle|grandmother|grandma|grandfather|grandpa|colleague|coworker"
    "|roommate|boss|mother in law|father in law|other half|significant other|better half"
)
_TWO_RELATIVES = "parents|grandparents|in laws|folks"
_MORE = "friends|colleagues|coworkers|buddies|pals|mates|cousins|sisters|brothers|siblings|roommates|girlfriends"
_LOOK = (
    "young|small|little|teenage|teenaged|best|old|older|younger|good|close|dear|lovely|elderly|tiny|own"
    "|adult|grown|other"
)
_SET = "group|party|family|team|crew|bunch|total|gang|squad|club|band|class|delegation|pack|household"
_UNDER = r"(?:under|below|younger than)(?: the)?(?: age)?(?: of)? (?P<under>\d{1,2})(?: years?(?: old| of age)?)?"
_AGE_LIST = r"(?P<ages>\d{1,2}(?:(?: (?:,|and|&|or|to|-)){1,2} \d{1,2}){0,8})"


@dataclass(frozen=True, slots=True)
class Party:
    """Some travellers. `ages` and `under` are what is said of children; `is_set` tells that a total counts everyone.

    `is_uncounted` tells that the words speak of several children or relatives without a number.
    """

    total: int = 0
    adults: int = 0
    children: int = 0
    ages: tuple[int, ...] = ()
    under: int | None = None
    is_young: bool = False
    is_set: bool = False
    is_uncounted: bool = False


def tag_people(items: Sequence[Item]) -> Sequence[Item]:
    """Return the items with a tag for everyone who travels."""
    return rewrite_all(items, _PEOPLE_RULES)


def _ages(hit: Hit) -> Sequence[Item]:
    numbers = tuple(int(word) for word in hit.text("ages").split() if word.isdigit())
    noun = hit.group("noun")
    ages = tuple(0 for _ in numbers) if hit.text("months") else numbers
    return [*noun, tagged(hit.items[len(noun) :], "AGES", ages)]


def _counted_children(hit: Hit) -> Sequence[Item]:
    number = hit.text("n")
    ages = tuple(age for name in ("old", "ages") for item in hit.group(name) for age in item.value)
    words = f"{hit.text('look')} {hit.text('noun')}".split()
    party = Party(
        children=int(number) if number.isdigit() else {"twins": 2, "triplets": 3}.get(hit.text("noun"), 1),
        ages=ages,
        under=int(hit.text("under")) if hit.text("under") else None,
        is_young=any(
            word in _YOUNG_WORDS or word.startswith(("infant", "bab", "toddler", "newborn")) for word in words
        ),
    )
    return hit.tag("CHILDREN", party)


def _uncounted_children(hit: Hit) -> Sequence[Item]:
    words = hit.match.group().split()
    is_young = any(word in _YOUNG_WORDS or word.startswith(("infant", "bab", "toddler", "newborn")) for word in words)
    ages = tuple(age for item in hit.group("ages") for age in item.value)
    kids = Party(is_uncounted=not ages, children=len(ages), ages=ages, is_young=is_young)
    return hit.tag("CHILDREN", kids)


_YOUNG_WORDS = words("young small little tiny preschoolers preschooler")


def _adults(hit: Hit) -> Sequence[Item]:
    number = hit.text("n")
    return hit.tag("ADULTS", Party(adults=int(number) if number.isdigit() else 1))


def _total(hit: Hit) -> Sequence[Item]:
    if hit.before() in ("than", "most", "least", "over", "fewer") or (hit.before() == "to" and _is_up_to(hit)):
        return hit.tag("OTHER")  # a limit is no number
    before = hit.everything[hit.first - 1] if hit.first else None
    if before is not None and before.word == "-" and hit.items[0].glued and not before.glued:
        return hit.tag("PEOPLE", Party(total=-int(hit.text("n"))))
    return hit.tag("PEOPLE", Party(total=int(hit.text("n")), is_set=not hit.text("noun")))


def _with_self(hit: Hit) -> Sequence[Item]:
    """Return "two friends and I", in either order, as others and the writer."""
    others = Party(adults=int(hit.text("n")))
    if hit.items[0].word in ("i", "me", "myself"):
        return [_myself(hit.items[0]), tagged(hit.items[1:], "KIN", others)]
    return [tagged(hit.items[:-1], "KIN", others), _myself(hit.items[-1])]


def _myself(item: Item) -> Item:
    return replace(item, word="SELF", value=Party(adults=1))


def _product(hit: Hit) -> Sequence[Item]:
    return hit.tag("PEOPLE", Party(total=int(hit.text("n")) * int(hit.text("m")), is_set=True))


def _is_up_to(hit: Hit) -> bool:
    return hit.first > 1 and hit.everything[hit.first - 2].word == "up"


def _last_number(hit: Hit) -> Sequence[Item]:
    """Return the items found, the number at their end as a total."""
    number = hit.items[-1]
    party = Party(total=int(number.word), is_set=hit.items[0].word != "for")
    return [*hit.items[:-1], replace(number, word="PEOPLE", value=party)]


def _relatives(hit: Hit) -> Sequence[Item] | None:
    if hit.before() in ("visit", "visiting", "see", "seeing", "meet", "meeting"):
        return None
    number, noun = hit.text("n"), hit.text("noun")
    count = int(number) if number.isdigit() else 2 if noun in _TWO_RELATIVES.split("|") else 1
    return hit.tag("KIN", Party(adults=count))


def _another(hit: Hit) -> Sequence[Item]:
    keep = hit.group("keep")
    return [*keep, tagged(hit.items[len(keep) :], "KIN", Party(adults=int(hit.text("n") or 1)))]


def _self(hit: Hit) -> Sequence[Item]:
    return [_myself(item) if item.word in ("i", "me", "myself") else item for item in hit.items]


def _alone(hit: Hit) -> Sequence[Item] | None:
    return None if hit.before() in ("FLIGHT", "MONEY", "hotel", "hotels", "food", "that") else _people(1)(hit)


def _people(total: int) -> Build:
    return tag_as("PEOPLE", Party(total=total))


_BEHIND_NUMBER = (
    r"(?= (?:,|\.|;|\)|\(|-|to|in|from|with|on|and|starting|leaving|departing|beginning|heading|going"
    "|traveling|travelling"
    "|visiting|who|we|please|at|between|during|including|this|next|over|setting|taking|originating|flying"
    "|FLIGHT|around"
    "|through|covering|budget|budgeted|total|SPAN|DATE|WINDOW|DAYS|MONEY|CITY|PLACE|REGION|within|under"
    "|by|spanning|our"
    "|my|i|is|across|exploring|touring|commencing|embarking|for|that|which|where|so|but|the|altogether"
    "|all|CHILDREN|COUNT"
    "|staying|lasting|running|scheduled|planned|taking|journeying|moving|beginning|then|want|wanting"
    "|looking|needing) )"
)
_PEOPLE_RULES: Rules = (
    (phrase(rf"(?:[,(] )?(?:aged?|ages)(?: of)? {_AGE_LIST}(?: years?(?: old| of age)?)?(?: \))?"), _ages),
    (phrase(rf"(?P<noun>{_CHILD}) \( {_AGE_LIST} \)"), _ages),
    (phrase(rf"(?P<noun>{_CHILD}) , {_AGE_LIST}(?= \))"), _ages),
    (phrase(rf"{_AGE_LIST} (?:years?|yrs?|(?P<months>months?)) olds?"), _ages),
    (phrase(rf"(?P<noun>{_CHILD}) [(,] (?P<ages>AGES)(?: \))?"), lambda hit: [*hit.group("noun"), *hit.group("ages")]),
    (phrase(rf"(?P<noun>{_CHILD}) of (?P<ages>\d{{1,2}})(?= (?:,|\.|;|and|\)) )"), _ages),
    (phrase(rf"(?P<noun>{_CHILD}) , (?P<ages>\d{{1,2}}(?: (?:,|and) \d{{1,2}}){{1,6}})(?= [,.;)] )"), _ages),
    (phrase(r"(?:adults?|grown ups) : (?P<n>\d{1,3})"), _adults),
    (phrase(r"(?P<noun>children|kids) : (?P<n>\d{1,3})(?P<old>)(?P<look>)(?P<ages>)(?P<under>)"), _counted_children),
    (phrase(rf"(?P<noun>{_HEADS}|travell?ers|people)(?: \( s \))? : (?P<n>\d{{1,3}})"), _total),
    (
        phrase(
            rf"(?P<n>\d{{1,3}}|an?|my|our|the|his|her)(?P<look>(?: (?:{_LOOK})){{0,2}})(?: (?P<old>AGES))?"
            rf"(?P<look2>(?: (?:{_LOOK})){{0,2}}) (?P<noun>(?!(?:{_MANY}) )(?:{_CHILD}))(?: {_UNDER})?(?:"
            " (?P<ages>AGES))?"
        ),
        _counted_children,
    ),
    (
        phrase(
            rf"(?P<n>\d{{1,3}})(?P<look>(?: (?:{_LOOK})){{0,2}})(?: (?P<old>AGES))? (?P<noun>{_CHILD})"
            rf"(?: {_UNDER})?(?: (?P<ages>AGES))?"
        ),
        _counted_children,
    ),
    (
        phrase(r"(?:(?:and|with|our|my|the) ){0,2}(?P<noun>twins|triplets)(?P<n>)(?: (?P<ages>AGES))?"),
        _counted_children,
    ),
    (phrase(r"(?P<n>my|our|an?) (?P<old>AGES)(?P<look>)(?P<noun>)(?P<under>)"), _counted_children),
    (
        phrase(
            rf"(?:(?:with|my|our|the|bring|bringing|have|having|and|by|some|{_LOOK}) ){{0,4}}(?:{_MANY})(?! 's)"
            r"(?: (?P<ages>AGES))?"
        ),
        _uncounted_children,
    ),
    (phrase(rf"(?P<n>\d{{1,3}}|an?)(?: (?:{_LOOK}))? (?P<noun>{_GROWN})"), _adults),
    (phrase(r"(?P<n>a|my|our) single (?:mom|mother|dad|father|parent)"), _adults),
    (phrase(r"(?P<n>\d{1,3}) couples"), lambda hit: hit.tag("ADULTS", Party(adults=2 * int(hit.text("n"))))),
    (phrase(rf"(?P<n>\d{{1,2}})(?: (?:{_LOOK}))? (?:{_MORE}|others)(?: ,)? (?:and|plus) (?:i|me|myself)"), _with_self),
    (
        phrase(
            rf"(?:i|me|myself)(?: ,)? (?:and|plus|with)(?: my)? (?P<n>\d{{1,2}})(?: (?:{_LOOK}))? (?:{_MORE}|others)"
        ),
        _with_self,
    ),
    (phrase(r"(?P<n>\d{1,2}) (?:families|groups|teams|parties) of (?P<m>\d{1,2})(?: each)?"), _product),
    (phrase(r"(?:(?:a|the|as|young|married|elderly|retired|1) ){0,3}couple(?! of)"), tag_as("ADULTS", Party(adults=2))),
    (
        phrase(
            "(?:(?:a|my|our|the) )?(?:(?:small|large|big|total|whole|single|merry|tour|travel|combined"
            "|bachelor|bachelorette|hen|stag|school|church)"
            rf" )?(?:{_SET}) (?:size )?(?:of|:) (?P<n>\d{{1,3}})(?:"
            rf" (?:{_LOOK}))?(?: (?:{_HEADS}|{_GROWN}))?"
        ),
        _total,
    ),
    (
        phrase(
            rf"(?:with|plus)(?: (?:my|our|some))?(?P<n> \d{{1,3}}| another| an?)(?: (?:{_LOOK})){{0,2}}"
            rf" (?P<noun>{_MORE}|{_RELATIVE})"
        ),
        _relatives,
    ),
    (phrase(rf"(?:my|our|his|her)(?: (?:{_LOOK}))? (?P<n>\d{{1,2}}) (?P<noun>{_MORE})"), _relatives),
    (
        phrase(
            rf"(?P<keep>(?:KIN|SELF|me|myself) (?:,|and|&)) (?:(?P<n>\d{{1,2}})|an?|another)(?: (?:{_LOOK}))?"
            rf" (?:{_MORE}|{_RELATIVE})"
        ),
        _another,
    ),
    (phrase(r"(?:all |just |only |the |us )?(?P<n>\d{1,3}) of us"), _total),
    (phrase(r"(?:both of us|us both|(?:me|myself|i) (?:plus|and|\+) (?:1|one))"), _people(2)),
    (phrase(rf"(?:a |1 )?(?:single|solo|lone|individual) (?:{_HEADS}|adult|female|male|woman|man)"), _people(1)),
    (phrase(rf"(?P<n>\d{{1,3}})(?: (?:{_LOOK}|adventurous|fellow|different|total))? (?P<noun>{_HEADS})"), _total),
    (
        phrase(
            "(?:we|there|us) (?:are|will be|would be|is|be)(?: (?:going to be|just|only|about|a total of"
            r"|exactly))? \d{1,3}" + _BEHIND_NUMBER
        ),
        _last_number,
    ),
    (phrase(r"for(?: (?:just|only|exactly|the|us))? \d{1,2}" + _BEHIND_NUMBER), _last_number),
    (phrase(r"(?P<n>\d{1,3}) (?:in total|total|altogether|in all)"), _total),
    (phrase(r"(?:a )?(?:pair|duo|twosome)(?: of " + f"(?:{_HEADS}|{_GROWN})" + r")?"), _people(2)),
    (phrase(r"(?:a )?(?:trio|threesome)"), _people(3)),
    (phrase(r"(?:a )?(?:quartet|foursome)"), _people(4)),
    (phrase(r"(?:a )?quintet"), _people(5)),
    (phrase(r"(?:all )?alone"), _alone),
    (
        phrase(r"(?:all )?(?:by myself|on my own|just (?:for )?me|only me|me alone|just myself|unaccompanied|solo)"),
        _people(1),
    ),
    (
        phrase(
            rf"(?:(?:with|for) )?(?:my|our|his|her|their)(?: (?:{_LOOK}))?(?P<n> \d{{1,2}})?(?: (?:{_LOOK}))?"
            rf" (?P<noun>{_RELATIVE}|{_TWO_RELATIVES})"
        ),
        _relatives,
    ),
    (
        phrase(
            rf"(?P<noun>{_RELATIVE})(?P<n>)(?= (?:,|and|&|plus) (?:(?:my )?(?:{_RELATIVE})|i|me|myself|KIN|CHILDREN) )"
        ),
        _relatives,
    ),
    (phrase(rf"(?P<keep>KIN (?:,|and|&)) (?P<noun>{_RELATIVE})(?P<n>)"), _another),
    (phrase(rf"(?:with|for) (?P<n>an?)(?: (?:{_LOOK}))? (?P<noun>{_RELATIVE})"), _relatives),
    (phrase(r"(?P<n>1|2|3|4|5|6|7|8|9) others?(?P<noun>)"), _relatives),
    (
        phrase(
            "(?:KIN|CHILDREN|PEOPLE)(?: ,)? and (?:i|me|myself)|(?:i|me|myself)(?: ,)? (?:and|plus|with)(?="
            " (?:KIN|CHILDREN|PEOPLE))|(?:i|me|myself) ,(?= (?:KIN|CHILDREN))|(?:KIN|CHILDREN) (?:,|and)"
            " (?:i|me|myself)"
        ),
        _self,
    ),
    (phrase(r"(?:for|with) myself"), _people(1)),
    (
        phrase(
            rf"(?:(?:with|for|my|our|a|some|the|whole|entire|extended|big|small|few|{_LOOK})"
            rf" ){{0,4}}(?:family|families|relatives|group|groups|team"
            rf"|couples|people|persons|guests|{_MORE})(?! (?:of \d|friendly|plan))"
        ),
        tag_as("FAMILY"),
    ),
)
