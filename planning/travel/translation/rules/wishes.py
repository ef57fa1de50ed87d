"""How the trip should feel and what counts most: pace, objective, and what the traveller leaves open."""

from collections.abc import Sequence
from typing import Literal

from planning.travel.request import Pace
from planning.travel.translation.rules.lexing import Item
from planning.travel.translation.rules.polarity import stance
from planning.travel.translation.rules.reading import Reading
from planning.travel.translation.rules.rewriting import Build, Rules, phrase, rewrite_all, tag_as
from planning.travel.translation.rules.vocabulary import TOPICS

Goal = Literal["cost", "rating", "travel_time"]
# What a star and an hour are worth in currency units where cost counts beside them.
BALANCED_WEIGHT = 20
_TOPIC = "|".join(sorted(TOPICS, key=lambda word: (-len(word), word)))
_ABOUT = (
    "about|between|for|on|regarding|concerning|in|with|as to|as|when|to|over|towards?|of|around|in terms"
    " of|whatsoever|at all"
    "|when it comes to|with regards? to|in regards? to|with respect to|as far as"
)
_TAG = "FLIGHT|DRIVE|TAXI|CUISINE|ROOM|RULE|RATING"
_LIST = (
    rf"(?: (?:(?:{_TAG})(?: (?:,|or|and|nor)){{1,2}} )*(?:{_TAG})| (?:(?:{_TOPIC}|FLIGHT|DRIVE|TAXI|,|/)"
    rf" ){{0,16}}(?:{_TOPIC}|FLIGHT|DRIVE|TAXI))"
)
_SPECIAL = "specific|particular|special|strong|real|certain|strict|set|other|further|additional|major|such|fixed|firm"
_PREFERENCE = (
    "preferences?|restrictions?|requirements?|constraints?|limitations?|demands?|needs?|requests?|conditions?|concerns?"
    "|wishes|criteria|specifications?|inclinations?|allergies|stipulations?|rules?|limits?"
)
_NONE = (
    "(?:do|does|did|will|would) not (?:really )?have|have no|has no|having no|there (?:are|is) no|no"
    "|without|not have|with no|nor"
)
_FINE = "fine|ok|okay|good|great|acceptable|alright|welcome"
_FREE_RULES: Rules = (
    (
        phrase(
            rf"(?:{_NONE})(?: (?:any|a|the|{_SPECIAL}"
            rf"|{_TOPIC})){{0,6}} (?!needs? to )(?:{_PREFERENCE})(?: (?:{_ABOUT}){_LIST})?"
        ),
        tag_as("FREE"),
    ),
    (
        phrase(
            rf"(?:open|flexible|{_FINE}|happy|easy|easygoing|up)(?: (?:to|with|about|on|for|regarding))(?:"
            " (?:try|trying|eat|eating))?"
            rf" (?:any|anything|all|whatever|everything|every)(?:{_LIST})?"
        ),
        tag_as("FREE"),
    ),
    (
        phrase(
            rf"any(?: (?:kind|type|sort)s?(?: of)?)?(?: (?:{_TOPIC})){{1,3}} (?:is|are|will be|would be|will"
            " do|works?|goes)"
            rf"(?: (?:{_FINE}))?(?: (?:with|for|by) (?:us|me))?"
        ),
        tag_as("FREE"),
    ),
    (
        phrase(
            "(?:do|does|will|would) not (?:really )?(?:care|mind|matter)(?: (?:too )?much)?(?: (?:about"
            rf"|which|what|where|how|for){_LIST})?"
            r"(?= (?:,|\.|;|and|but|\)) )"
        ),
        tag_as("FREE"),
    ),
    (
        phrase(
            "not (?:(?:too|very|so|really|that) )?(?:picky|fussy|particular|choosy|fussed|bothered)(?:"
            rf" (?:{_ABOUT}){_LIST})?"
        ),
        tag_as("FREE"),
    ),
    (phrase(r"anything goes|surprise (?:us|me)|up to you|your (?:call|pick)"), tag_as("FREE")),
    (
        phrase(
            "(?:unlimited|flexible|open) budget|budget is (?:flexible|open|unlimited|not (?:an issue|a"
            " problem|a concern))"
            "|money is (?:no object|not an? (?:object|issue|problem))|no (?:upper )?(?:budget|cost|price"
            "|spending) limits?"
        ),
        tag_as("FREE"),
    ),
)


def _goal(goal: Goal) -> Build:
    return tag_as("GOAL", goal)


def _pace(pace: Pace) -> Build:
    return tag_as("PACE", pace)


_COSTS = "costs?|prices?|expenses|spending|spend|budget|expenditure"
_OUR = "(?: (?:the|our|my|total|overall|possible|as|much|travel|all)){0,3}"
_TRAVEL_TIME = (
    "(?:travel|travell?ing|transit|journey|flight|transport) times?|time (?:travel|travell?ing|in transit"
    "|on the road|spent travell?ing)"
)
_MATTERS = "(?:matters?|counts?|comes?|is|are)(?: (?:the|a|by far|our|my|what|far|much)){0,2}"
_MOST = (
    "(?:most(?: important)?(?: to (?:us|me))?|first|top|number 1|everything|key|above all(?: else)?|main|biggest"
    "|more(?: important)? than (?:anything(?: else)?|everything(?: else)?|price|prices|cost|costs|money|comfort|quality"
    "|time|speed))(?: (?:priority|thing|concern|criterion|factor|aim|goal))?"
)
_SHORT = "(?:short|low|down|minimal|brief|to a minimum|as (?:short|low|brief) as (?:possible|you can|we can))"


def _topped(things: str) -> str:
    """Return the pattern for "quality matters most", "we care most about quality" and "the top priority is quality"."""
    things = f"(?:good |low |high |great |the )?(?:{things})"
    return (
        rf"(?:the |our |my )?{things} {_MATTERS} {_MOST}"
        rf"|{things} (?:is|are) (?:what|the thing that) (?:counts?|matters?)(?: (?:most|to (?:us|me)|here))?"
        rf"|(?:value|want|prioriti[sz]e|prefer|favou?r|put)(?: (?:the|good"
        rf"|low))? {things} (?:above all(?: else)?|most|first"
        rf"|(?:over|before|above) (?:everything|anything|prices?|costs?|money|quality|comfort|time|speed)(?: else)?)"
        rf"|{things} (?:over|before|above|rather than) (?:prices?|costs?|money|quality|comfort|time|speed)"
        rf"|care(?: (?:most|mostly|mainly|above all|only|first))? about (?:the )?(?:{things})(?: (?:most"
        rf"|above all|first))?"
        rf"|(?:main|top|first|biggest|only|highest) (?:priority|concern|aim|goal|criterion)(?: (?:is|:|on|to|be"
        rf"|the)){{1,3}}"
        rf" (?:low )?(?:{things})"
    )


_GOAL_RULES: Rules = (
    (phrase(_topped("prices?|costs?|money|savings|budget|cheapness")), _goal("cost")),
    (
        phrase(
            "the (?:cheaper|less(?: (?:it|this|that|the trip|we|i|money|to))?(?: (?:costs?|spend|pay|spent"
            "|will cost))?)"
            "(?: ,)?(?: the)? better"
            "|(?:spend|spending|pay|paying|cost|costs|costing) (?:us |me )?as little(?: money)? as (?:possible"
            "|we can|i can)"
            "|good value for money|bargain"
        ),
        _goal("cost"),
    ),
    (phrase(_topped("quality|comfort|ratings?|reviews?|stars|excellence")), _goal("rating")),
    (
        phrase(
            "(?:only )?the (?:very )?(?:best|finest|top)(?: (?:there is|you can find|of everything|of the best|only))"
            "|best of the best|(?:only|just|nothing but) the (?:very )?(?:best|finest)(?= (?:,|\\.|;|and|for"
            "|will|please) )"
        ),
        _goal("rating"),
    ),
    (phrase(_topped(f"(?:short )?(?:{_TRAVEL_TIME}|speed|time)")), _goal("travel_time")),
    (
        phrase(
            rf"(?:keep|keeping|make|have){_OUR} (?:{_TRAVEL_TIME}|journeys?|transfers|travell?ing|trips there) {_SHORT}"
            rf"|(?:as )?(?:short|brief|quick|fast) (?:{_TRAVEL_TIME}|journeys?)"
            "|(?:spend(?:ing)? )?as little time(?: (?:as possible|travell?ing|in transit|on the road|on the way"
            "|getting there"
            "|in (?:planes|cars|airports|the car|the air)|on (?:planes|trains)|sitting|flying|driving|FLIGHT"
            "|DRIVE|in|and)"
            "){1,5}(?: as (?:possible|we can|i can))?"
            "|(?:get|getting|be|being|arrive|arriving) there (?:as )?(?:fast|quick|quickly"
            "|soon)(?: as (?:possible|we can|i can))?"
            "|(?:waste|wasting) (?:no|as little|little) time (?:travell?ing|on the road|in transit|getting there)"
        ),
        _goal("travel_time"),
    ),
    (
        phrase(
            "(?:as (?:cheap|cheaply|inexpensive|inexpensively|affordable|economical|little money) as"
            " (?:possible|we can|i can|it gets|can be))|cheapest(?: possible)?"
        ),
        _goal("cost"),
    ),
    (
        phrase(
            rf"lowest(?: possible)? (?:{_COSTS})|sav(?:e|ing){_OUR} money|spend(?:ing)? as little(?: money)?"
            " as possible"
        ),
        _goal("cost"),
    ),
    (
        phrase(
            rf"(?:minimi[sz](?:e|ing)|reduc(?:e|ing)|lower(?:ing)?){_OUR} (?:{_COSTS})|keep(?:ing)?{_OUR}"
            rf" (?:{_COSTS}) (?:down|low|minimal|to a minimum)"
        ),
        _goal("cost"),
    ),
    (
        phrase(
            "(?:budget|cost|price) (?:friendly|conscious|effective|efficient|minded)|low cost|inexpensive|affordable"
            "|affordably|economical|frugal|thrifty|cheaply|(?:dirt |super |real )?cheap|not too expensive"
            "|(?:money|budget) is (?:very |a bit |really )?(?:tight|limited|low)(?! (?:to|at|by))|on a"
            " (?:tight |shoestring "
            "|low |small |limited |modest )?budget(?! of)"
        ),
        _goal("cost"),
    ),
    (
        phrase(
            "(?:best|highest|top|highly|well|better) (?:rated|reviewed|ranked|ratings?|reviews)|(?:best"
            "|highest|top|high|better|good)(?: possible)? quality|top notch|quality over (?:price|cost)"
            "|maximi[sz]e (?:the )?(?:quality|ratings?)"
        ),
        _goal("rating"),
    ),
    (
        phrase(
            "(?:the )?(?:best|finest)(?: possible)? (?:hotels?|restaurants?|accommodations?|places"
            "|lodgings?|attractions?)(?: possible)?"
        ),
        _goal("rating"),
    ),
    (
        phrase(
            rf"(?:least|shortest|minimal|minimum|lowest|less|as little)(?: possible)? (?:{_TRAVEL_TIME})(?:"
            rf" as possible)?|minimi[sz](?:e|ing){_OUR} (?:{_TRAVEL_TIME})"
        ),
        _goal("travel_time"),
    ),
    (
        phrase(
            "fastest|quickest|as (?:fast|quick|quickly) as possible|shortest (?:travel|journey|trip"
            "|flights?|transit|route|way)|spend(?:ing)? (?:as little|the least) time (?:as possible"
            " )?(?:travell?ing|on the road|in transit|getting there)|save time|saving time"
        ),
        _goal("travel_time"),
    ),
)
_PACE_RULES: Rules = (
    (phrase(r"(?:nice and slow|slow and (?:easy|steady)|easy and slow|nice and easy)"), _pace("relaxed")),
    (
        phrase(
            "(?:not|without|no|never|nothing|avoid|avoiding|hate|hates|hating|anything but)"
            "(?: (?:want|be|being|feel|feeling|to|too|it|a|an|so|overly|like|us|get|having|very|that|any|days)){0,4}"
            " (?:rushed|rushing|rush|hectic|packed|busy|crammed|tiring|exhausting|hurried)(?:"
            " (?:schedule|pace|itinerary|trip|days?))?"
        ),
        _pace("relaxed"),
    ),
    (
        phrase(
            "(?:at )?(?:a |an )?(?:nice and |very |more |fairly |pretty |rather )?(?:relaxed|relaxing|easy"
            " going|easygoing|leisurely|leisured|laid back|slow|slow paced|slower|unhurried|gentle|restful"
            "|low key|chilled?|chill|calm|comfortable|easy)(?: (?:pace|paced|tempo|rhythm|speed|schedule))"
        ),
        _pace("relaxed"),
    ),
    (
        phrase(
            "(?:in )?no (?:particular |great |real |big )?(?:rush|hurry)|not in a (?:rush|hurry)"
            "|(?:keep|make|take|have|want|like)(?: (?:it|things|the|our|days|trip|schedule|everything|each|day)){1,3}"
            " (?:light|easy|calm|slow|gentle|short|restful|quiet)(?: and (?:easy|slow|calm|light))?"
            "|(?:plenty|lots?|loads|enough) of (?:rest|free time|down time|downtime|time to (?:rest|relax"
            "|breathe|unwind))"
            "|(?:light|loose|easy|calm|gentle) (?:schedule|program|programme|itinerary|days)"
        ),
        _pace("relaxed"),
    ),
    (
        phrase(
            "(?:full|dense|tight|crammed|crowded) (?:schedule|days?|program|programme|itinerary|agenda)"
            "|(?:make|making|get|getting) the most (?:out )?of (?:every|each|all|the|our|my)(?: single)?"
            "(?: (?:days?|hours?|minutes?|time|trip|moments?))?"
            "|(?:no|without) (?:time to waste|idle (?:time|hours?))|(?:every|each) (?:minute|hour) counts"
            "|as (?:much|many things) (?:in|into) (?:each|every|the|our) days? as (?:possible|we can)"
        ),
        _pace("packed"),
    ),
    (
        phrase(r"(?:slow|easy|calm|lazy|gentle)(?= (?:days|trip|vacation|holiday|getaway|weekend|break|tour) )"),
        _pace("relaxed"),
    ),
    (
        phrase(
            "relaxed|relaxing|relax|easy going|easygoing|leisurely|laid back|slow paced|unhurried|restful"
            "|low key|chilled|chill|tak(?:e|ing) (?:it|things) (?:easy|slow|slowly)|no (?:rush|hurry)"
        ),
        _pace("relaxed"),
    ),
    (
        phrase(
            "(?:at )?(?:a )?(?:moderate|medium|normal|balanced|average)(?: (?:pace|tempo|rhythm))"
            "|moderately paced|balanced"
        ),
        _pace("moderate"),
    ),
    (
        phrase(
            "(?:a |at a )?(?:jam packed|action packed|packed|full on|busy|hectic|intense|intensive|fast"
            "|quick|brisk)(?: (?:pace|paced|schedule|itinerary|days|program|programme|agenda))|jam packed"
            "|action packed|packed|fast paced"
        ),
        _pace("packed"),
    ),
    (
        phrase(
            "(?:see|show|do|visit|explore|experience|fit in|squeeze in|cram in|pack in|pack|cover)(?: (?:in|us|me))?"
            " (?:as much|as many (?:[a-z]+ ){1,3}?)(?: )?as (?:possible|(?:we|i|you) (?:possibly )?can)"
            "|(?:pack|fill|cram|stuff)(?: up)? (?:the|our|my|every|each|all|all the|all our)"
            " (?:days?|schedule|itinerary|program|programme)(?: (?:full|up))?|see (?:as much|it all"
            "|everything)(?: as (?:possible|we can|i can))?|make the most of (?:every day|each day|our time"
            "|my time|the time)|squeeze in as much|as many(?: [a-z]+){1,2} as (?:possible|we can|i can)"
        ),
        _pace("packed"),
    ),
)


def tag_wishes(items: Sequence[Item]) -> Sequence[Item]:
    """Return the items with PACE and GOAL, and FREE for every "no preference about" something."""
    return rewrite_all(items, (*_FREE_RULES, *_GOAL_RULES, *_PACE_RULES))


def read_wishes(reading: Reading) -> None:
    """State pace and objective, and account for what is left open."""
    reading.claim(reading.places_of("FREE", "IDIOM", "OPEN"))
    _read_pace(reading)
    _read_objective(reading)


def _read_pace(reading: Reading) -> None:
    paces: dict[Pace, list[int]] = {}
    for place in reading.places_of("PACE"):
        view = stance(reading, place, {"PACE"})
        pace: Pace = reading.items[place].value
        if view.sign < 0 and pace != "moderate":
            pace = "relaxed" if pace == "packed" else "packed"
        if view.sign:
            paces.setdefault(pace, []).append(place)
        reading.claim([place, *view.places])
    if len(paces) > 1:
        reading.problems.append(f"The pace is to be {' or '.join(paces)}: say which.")
    for pace, places in paces.items():
        reading.state("pace", pace, places)


def _read_objective(reading: Reading) -> None:
    goals: dict[Goal, list[int]] = {}
    for place in reading.places_of("GOAL"):
        view = stance(reading, place, {"GOAL"})
        if view.sign < 0:
            continue
        reading.claim([place, *view.places])
        if view.sign:
            goals.setdefault(reading.items[place].value, []).append(place)
    if not goals:
        return
    is_balanced = len(goals) > 1
    weights = {goal: 1 if goal == "cost" or not is_balanced else BALANCED_WEIGHT for goal in goals}
    places = [place for found in goals.values() for place in found]
    reading.state("objective", {"cost": 0, "rating": 0, "travel_time": 0} | weights, places)
    if is_balanced:
        reading.warnings.append(
            f"Several aims are weighed: a star or an hour counts like {BALANCED_WEIGHT} currency units."
        )
