"""How travellers put what they wish for: rooms, food, ways to travel, sights, pace and aims, as templates."""

from collections.abc import Mapping, Sequence

from data.travellers_words import lines
from planning.travel.request import HouseRule, Mode, Pace, RoomType

ROOMS: Mapping[RoomType, Sequence[str]] = {
    "entire room": lines(
        """We want the entire place to ourselves.
        An entire apartment, please.
        We need an entire room.
        We would like a whole apartment.
        Accommodation: entire room.
        A place just for us, no one else in it.
        We prefer to have the whole place.
        Book us an entire flat."""
    ),
    "private room": lines(
        """A private room, please.
        We would like private rooms.
        Private room only.
        A room of my own, private.
        Please get us private rooms.
        I need a private room.
        Room type: private room.
        Private rooms would be best.
        The room has to be private.
        We'd sleep in a private room."""
    ),
    "shared room": lines(
        """A shared room is what I want.
        We want a shared room.
        Room type: shared room.
        We'd like to stay in shared rooms.
        A bed in a dorm, please.
        Put us in a shared room.
        I prefer shared rooms."""
    ),
    "not shared room": lines(
        """No shared rooms, please.
        We don't want to share a room with strangers.
        The room must not be shared.
        We will not sleep in a shared room.
        Any room that is not shared.
        Sharing a room with others is not for us.
        Anything but a shared room.
        I would rather not stay in a shared room.
        Not a dorm, please.
        Avoid shared rooms."""
    ),
}

HOUSE_RULES: Mapping[HouseRule, Sequence[str]] = {
    "pets": lines(
        """We are bringing our dog.
        The place must allow pets.
        We have a dog with us, so the lodging must take dogs.
        The dog has to be allowed.
        Dogs must be welcome.
        Two cats travel with us.
        Our cat comes along.
        Pets have to be welcome.
        It needs to be pet friendly.
        I travel with my dog.
        Somewhere that takes pets, please.
        Pet-friendly lodging only."""
    ),
    "smoking": lines(
        """Smoking has to be allowed.
        We smoke.
        I want a smoking room.
        The place should permit smoking.
        It must be a place where smoking is allowed.
        Some of us are smokers.
        Smoking must be fine there."""
    ),
    "parties": lines(
        """We want to throw a party there.
        Parties have to be allowed.
        The house must allow parties.
        We plan to host a party.
        It should be a place where parties are okay.
        Party-friendly, please."""
    ),
    "visitors": lines(
        """We will have visitors.
        Visitors must be allowed.
        The place should allow visitors.
        Friends will come by, so visitors have to be welcome.
        We'd like to have guests over.
        Make sure that visitors are permitted."""
    ),
    "children under 10": lines(
        """It must accept children under 10.
        Children under 10 have to be allowed.
        The hotel should take kids under 10.
        Child-friendly lodging for kids under 10, please.
        Lodging that welcomes children under 10."""
    ),
}

RATINGS = lines(
    """Hotels rated {rating} or better.
    At least {rating} stars for the hotel.
    The hotel needs a rating of at least {rating}.
    Only lodging with {rating} stars or more.
    Nothing rated below {rating}.
    Hotel rating: {rating} or higher.
    A minimum rating of {rating} for where we stay.
    I won't sleep anywhere rated under {rating}."""
)
NIGHT_PRICES = lines(
    """At most {money} a night for the room.
    The room may cost up to {money} per night.
    Hotels under {money} a night.
    No more than {money} per night.
    Lodging should stay below {money} a night.
    A room should not cost more than {money} a night.
    {money} per night is my limit for a hotel."""
)

CUISINES = lines(
    """We love {food} food.
    We want to eat {food}.
    Our meals should include {food} cuisine.
    {food} food, please.
    We would like to try {food} restaurants.
    Cuisines: {food}.
    I'm in the mood for {food} food.
    Don't let us miss {food} cuisine.
    We have to have {food} food on this trip.
    There should be {food} cuisine."""
)
NO_CUISINES = lines(
    """No {food} food.
    Please avoid {food} cuisine.
    {food} food is not for us.
    Leave out {food} cuisine.
    We'd rather not have {food} food.
    Keep {food} food off the menu.
    We don't like {food} food.
    Anything but {food} food.
    We can't stand {food} food.
    Nothing {food} to eat, please.
    Skip {food} restaurants.
    I never eat {food} food."""
)

NO_MODES: Mapping[Mode, Sequence[str]] = {
    "flight": lines(
        """No flights.
        We don't want to fly.
        I am afraid of flying.
        Please avoid planes.
        We would rather not fly.
        Flying is out of the question.
        Without flying, please.
        No planes for me.
        I refuse to fly."""
    ),
    "self-driving": lines(
        """We don't drive.
        No self-driving.
        I have no driver's license.
        We do not want to drive ourselves.
        Driving ourselves is not an option.
        No rental cars.
        Nobody of us can drive.
        I'd rather not drive."""
    ),
    "taxi": lines(
        """No taxis.
        Please avoid taxis.
        We don't take cabs.
        Taxis are not an option.
        We never use taxis.
        Without any taxi rides.
        I don't like cabs."""
    ),
}
NOT_BEFORE = lines(
    """No departure before {clock}.
    We don't want to leave before {clock}.
    The earliest departure is {clock}.
    Please no departures before {clock}.
    Not leaving before {clock}, please.
    We never leave before {clock}.
    Leave after {clock}.
    We set off at {clock} at the earliest.
    We would like to leave after {clock}.
    Nothing that departs before {clock}.
    Don't make us leave earlier than {clock}.
    Departures after {clock} only.
    I can't leave before {clock}."""
)
NOT_AFTER = lines(
    """No arrival after {clock}.
    We want to arrive by {clock}.
    Don't have us arrive later than {clock}.
    Arrivals before {clock}, please.
    We need to arrive before {clock}.
    Nothing that gets in after {clock}."""
)
STOPS: Mapping[int, Sequence[str]] = {
    0: lines(
        """Direct flights only.
        Non-stop flights, please.
        No layovers.
        We only take direct flights.
        I hate connecting flights, so none of those.
        Flights must be non-stop.
        No stopovers, please."""
    ),
    1: lines(
        """At most one stop.
        No more than one layover.
        One stop at most.
        Flights with at most 1 stop.
        A maximum of one stopover."""
    ),
}
MUST_SEES = lines(
    """We must see {sights}.
    We want to visit {sights}.
    Please include {sights}.
    {sights} has to be on the list.
    I'd love to see {sights}.
    We can't miss {sights}.
    A visit to {sights} is a must.
    Must-see: {sights}."""
)
AVOIDED = lines(
    """We don't want to see {sights}.
    Please skip {sights}.
    Leave out {sights}.
    We do not need to see {sights}.
    Keep us away from {sights}.
    No {sights}, please.
    Avoid {sights}.
    We have already been to {sights}, so leave it out.
    Not {sights} again."""
)
PACES: Mapping[Pace, Sequence[str]] = {
    "relaxed": lines(
        """At a relaxed pace.
        We want to take it easy.
        A slow pace, please.
        Nothing hectic.
        We'd like it relaxed.
        Keep the days leisurely.
        We are in no hurry.
        Not too busy."""
    ),
    "packed": lines(
        """We want to see as much as possible.
        A packed schedule, please.
        Pack the days.
        Show us as much as you can.
        Let's see as much as we can.
        We like a busy schedule.
        Make the most of every day."""
    ),
    "moderate": lines(
        """At a moderate pace.
        A normal pace is fine.
        Moderate pace, please.
        Pace: moderate."""
    ),
}
OBJECTIVES: Mapping[str, Sequence[str]] = {
    "cost": lines(
        """As cheap as possible.
        The cheapest trip you can find.
        Keep the cost low.
        Minimise the cost, please.
        The less it costs, the better.
        We want to spend as little as possible.
        Price matters most."""
    ),
    "rating": lines(
        """We want the best hotels and restaurants.
        Quality matters more than price.
        Only the best rated places.
        Go for the highest ratings.
        The best quality possible.
        We care about ratings most.
        Pick the top rated places."""
    ),
    "travel_time": lines(
        """Spend as little time travelling as possible.
        The shortest travel time, please.
        Minimise the travel time.
        As little time on the road as possible.
        We want to get there as fast as possible.
        Keep travel times short."""
    ),
}
