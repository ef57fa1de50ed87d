"""The options of `twofold replan`, and its help."""

import argparse
from datetime import datetime
from pathlib import Path

from twofold import option_types

SUMMARY = "change a planned trip as little as possible when something goes wrong"
DESCRIPTION = """\
Change a trip that `twofold trip --json` planned as little as possible: after a flight or a hotel was lost, a flight is
delayed, or a wish has changed. What is given up of the bookings is weighed: a flight 10, a night 5, a leg by road 2, a
meal 1, a visit on a full day 1 (restaurants and attractions count as kept at another time as well). Of the trips that
give up least, the best one is shown; or the proof that there is none, with what would help. The file is checked
against every rule and price before anything else.
"""
EPILOG = """\
examples:
  twofold trip 'Five days from Boston to two cities in California from May 12th, 2027' --json > trip.json
  twofold replan trip.json --lost 'flight F123'
  twofold replan trip.json --delay 'flight F9 +3h' --now 2027-05-13T14:00
  twofold replan trip.json --lost 'hotel Casa da Ponte' --changed budget=1500 --keep flights --json > new.json
  twofold replan new.json --changed adults=3 --changed 'must_see=Old Lighthouse' --keep nothing

exit codes:
  0    an itinerary was found
  2    bad usage or input; a file of another version or edited by hand; something that is not booked
  3    it is proven that there is no such trip; what would help is shown
  5    the time limit struck before any trip was found
  130  interrupted
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `twofold replan` to a parser."""
    parser.add_argument(
        "itinerary", type=Path, metavar="ITINERARY.json", help="what `twofold trip --json` or this command wrote"
    )
    happened = parser.add_argument_group("what happened (each as often as needed)")
    happened.add_argument(
        "--lost",
        action="append",
        default=[],
        metavar="BOOKING",
        help="can no longer be had: 'flight F123', 'hotel NAME', 'restaurant NAME', 'attraction NAME', 'taxi from A "
        "to B'; where a name is booked twice, add 'on 2027-05-12' or 'in CITY'",
    )
    happened.add_argument(
        "--delay", action="append", default=[], metavar="FLIGHT+TIME", help="'flight F9 +3h', 'flight F9 +1h30'"
    )
    happened.add_argument(
        "--changed",
        action="append",
        default=[],
        metavar="WISH=VALUE",
        help="budget=1500, adults=3, room_type='private room', cuisines=Thai,Indian, latest_arrival=21:30; =none ends "
        "a wish",
    )
    happened.add_argument(
        "--now",
        type=_moment,
        metavar="YYYY-MM-DDTHH:MM",
        help="local time where the traveller is: what has begun by then stays as it is",
    )
    parser.add_argument(
        "--keep",
        action="append",
        default=[],
        metavar="WHAT",
        help="booked: give up as little as possible (default); flights, hotels, restaurants, attractions or a booking "
        "by name: must be kept; nothing: the best trip, whatever is booked",
    )
    parser.add_argument("--tables", type=Path, metavar="DIR", help="the tables that the trip was planned with")
    parser.add_argument(
        "--solver",
        default="auto",
        metavar="{auto,cp-sat,cbc}",
        help="auto: cp-sat, then cbc if that finds nothing (default)",
    )
    parser.add_argument(
        "--time-limit", type=option_types.seconds, default=10.0, metavar="S", help="seconds (default: 10)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output, for programs")
    parser.add_argument("-v", "--verbose", action="count", default=0, help="say more on standard error; -vv: much more")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time: write it like 2027-05-13T14:00") from None
    if moment.tzinfo:
        raise argparse.ArgumentTypeError(f"{text!r}: leave the time zone out; it is the local time of the traveller")
    return moment
