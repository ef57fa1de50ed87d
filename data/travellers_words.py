"""What travellers say: templates by what they are about; the hash of a template decides on which side it is used."""

from collections.abc import Sequence

from data.personas import Split, side


def lines(text: str) -> tuple[str, ...]:
    """Return the lines of a text, one template each."""
    return tuple(line.strip() for line in text.strip().splitlines())


OPENINGS = lines(
    """please plan a trip
    I need a trip
    can you put together an itinerary
    we are looking for a holiday
    I would like to book a journey
    could you arrange a vacation
    kindly prepare a travel plan
    help me plan a getaway
    I'd like to organise a trip
    we want to go on a trip
    would you draw up an itinerary
    find me a nice trip
    looking for a vacation
    make me a travel plan
    we're planning a trip"""
)

ROUTES = lines(
    """from {origin} to {goal}
    starting in {origin} and going to {goal}
    to {goal}, leaving from {origin}
    departing from {origin} and visiting {goal}
    from {origin}, with {goal} as the destination
    out of {origin}, heading for {goal}
    to {goal} (we live in {origin})
    with {goal} as the goal and {origin} as the starting point
    to {goal} and back, starting from {origin}
    that begins in {origin} and takes us to {goal}
    from our home in {origin} to {goal}
    to {goal}, origin {origin}"""
)

REGIONS = lines(
    """{count} cities in {region}
    {region}, visiting {count} cities
    {region} ({count} cities)
    {count} different cities in {region}
    {count} cities across {region}
    {region}, stopping in {count} cities there"""
)
ONE_IN_REGION = lines(
    """a city in {region}
    one city in {region}
    somewhere in {region}
    {region}
    any city in {region}"""
)

EXACT_DATES = lines(
    """from {first} to {last}
    {first} to {last}
    between {first} and {last}
    leaving on {first} and coming back on {last}
    {first} until {last}
    starting {first} and ending {last}
    for {days} days from {first}
    for {days} days starting {first}
    {days} days, from {first} on
    for {nights} nights from {first}
    {days} days beginning on {first}
    out on {first}, back on {last}
    departing {first}, returning {last}
    from {first} through {last}"""
)

WINDOWS = lines(
    """for {days} days in {month}
    {days} days sometime in {month}
    for {days} days, any time in {month}
    {nights} nights in {month}
    {days} days during {month}
    in {month} for {days} days
    a stay of {days} days in {month}"""
)

# The party's own words, or a number, in a frame.
PARTY_FRAMES = lines(
    """{party}
    travelling: {party}
    who goes: {party}
    ({party})
    that is {party}"""
)
COUNTED = lines(
    """for {people} people
    for {people}
    a group of {people}
    {people} travellers
    a party of {people}
    {people} people in total
    {people} persons
    we are {people}
    there are {people} of us"""
)

BUDGETS = lines(
    """Our budget is {money}.
    The budget is {money}.
    We can spend up to {money}.
    It must not cost more than {money}.
    At most {money} in total.
    Budget: {money}.
    Keep it under {money}.
    We have {money} to spend.
    The whole trip should stay below {money}.
    {money} is the limit.
    Everything together for no more than {money}.
    I have set aside {money} for this.
    Total spending is capped at {money}.
    We cannot go above {money}."""
)

CHATTER = lines(
    """It is our anniversary.
    We have never been there before.
    Thank you so much!
    Thanks a lot.
    Any help is appreciated.
    We are really looking forward to it.
    It has been a hard year.
    My doctor says that I need a break.
    Cheers.
    I hope that this is possible.
    We are so excited."""
)

INDIFFERENT = lines(
    """I don't mind.
    No preference.
    Doesn't matter.
    We don't care.
    Anything is fine.
    Whatever you think is best.
    It's all the same to us.
    Not important.
    Up to you.
    No wishes there."""
)
UNSURE = lines(
    """I don't know.
    Not sure.
    Hmm, no idea.
    I can't say yet.
    Ask me something else.
    I'd have to think about it.
    No clue."""
)
CORRECTIONS = lines(
    """actually {answer}
    sorry, {answer}
    wait, {answer}
    no, {answer}
    I mean {answer}
    correction: {answer}"""
)
VAGUE = lines(
    """Something nice.
    Not too much.
    Nothing fancy.
    As you see fit, within reason.
    Somewhere in the middle.
    More or less normal.
    The usual.
    Good value.
    It depends.
    Let's see."""
)


def words_for(templates: Sequence[str], split: Split) -> tuple[str, ...]:
    """Return the templates of one side."""
    return tuple(template for template in templates if side(template) == split)
