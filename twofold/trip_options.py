"""The options of `twofold trip`, and its help."""

import argparse
import math
from datetime import date
from pathlib import Path

from twofold.option_types import count, picture

SUMMARY = "plan a trip from a sentence, and prove that none is better"
DESCRIPTION = """\
Plan a trip from a sentence: the cheapest one that satisfies everything you ask for, proven to be so; or the proof
that there is none, with the wishes that contradict each other and what would help. Without --tables the offers are
made up (demo data: real cities, invented flights, hotels, restaurants and prices). No network and no key are needed.
"""
EPILOG = """\
examples (single quotes, because the shell would eat "$4" in double ones):
  twofold trip 'Five days from Boston to two cities in California from May 12th to 16th, 2027, for two, under $4,000'
  twofold trip 'A long weekend in Chicago from Denver next Friday, three of us, no flights' --certify
  twofold trip - < wishes.txt --json > answer.json
  twofold trip 'From Austin to Seattle, June 3rd to 6th, vegetarian and Thai food' --ics trip.ics --narrate plain
  twofold trip 'Two weeks in Italy from New York in May' --save-request request.json
  twofold trip --request request.json --prices --alternatives 3 --differ-by hotels --pareto cost,rating --png front.png
  twofold trip --request request.json --tables my-tables/ --profile travelplanner

exit codes:
  0    an itinerary was found, and every file asked for was written
  2    bad usage or input, or a file could not be written (the itinerary is shown all the same)
  3    it is proven that there is no such trip; the conflicting wishes and the repairs are shown
  4    not enough was understood to plan; it is said what is missing or contradictory
  5    the time limit struck before any trip was found
  130  interrupted (no file is left half-written)
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `twofold trip` to a parser."""
    wishes = parser.add_argument_group("what is wished for (one of the two)")
    wishes.add_argument("text", nargs="?", metavar="TEXT", help="the trip in your own words; - reads standard input")
    wishes.add_argument("--request", type=Path, metavar="FILE.json", help="a request as --save-request writes it")
    reading = parser.add_argument_group("how it is read")
    reading.add_argument(
        "--today",
        type=_iso_date,
        metavar="YYYY-MM-DD",
        help='the day from which "next Friday" counts (default: the clock)',
    )
    reading.add_argument(
        "--translator",
        default="rules",
        metavar="{rules,openai}",
        help="rules: built in (default); openai: a language model behind any OpenAI-compatible address",
    )
    reading.add_argument("--llm-url", metavar="URL", help="its address (default: $TWOFOLD_LLM_BASE_URL)")
    reading.add_argument("--llm-model", metavar="NAME", help="its name (default: $TWOFOLD_LLM_MODEL)")
    reading.add_argument("--ask", action="store_true", help="ask back, in the terminal, what can change the plan")
    reading.add_argument(
        "--dialogue",
        type=Path,
        metavar="FILE.json",
        help="where --ask keeps what Ctrl-C interrupts; the same command goes on (default: twofold-dialogue.json)",
    )
    planning = parser.add_argument_group("how it is planned")
    planning.add_argument("--tables", type=Path, metavar="DIR", help="TravelPlanner's tables instead of the demo")
    planning.add_argument(
        "--profile",
        default="realistic",
        metavar="{realistic,travelplanner}",
        help="realistic: with a clock (default); travelplanner: the 13 rules of that benchmark",
    )
    planning.add_argument(
        "--solver",
        default="auto",
        metavar="{auto,cp-sat,cbc}",
        help="auto: cp-sat, then cbc if that finds nothing (default)",
    )
    planning.add_argument(
        "--certify", action="store_true", help="solve with both solvers; guaranteed only if they and the checker agree"
    )
    planning.add_argument(
        "--time-limit", type=_seconds, default=10.0, metavar="S", help="seconds for each solver (default: 10)"
    )
    further = parser.add_argument_group("what else may be known of it")
    further.add_argument("--prices", action="store_true", help="what each wish adds to the least cost of a trip")
    further.add_argument(
        "--alternatives", type=count(1, 50), metavar="K", help="K plans that differ, each proven best given that"
    )
    further.add_argument(
        "--differ-by",
        metavar="{cities,hotels,transport,days,any}",
        help="by what they differ: order of cities, a hotel, a flight or road, days of a stay, or any (default)",
    )
    further.add_argument(
        "--pareto", metavar="NAMES", help="trips that none beats in all of: cost,rating or cost,rating,time"
    )
    further.add_argument("--points", metavar="{N,all}", help="how many of them (default: 6)")
    further.add_argument("--png", type=picture("png"), metavar="FILE.png", help="write a picture of them")
    output = parser.add_argument_group("what comes out")
    output.add_argument("--json", action="store_true", help="one JSON object on standard output, for programs")
    output.add_argument("--narrate", metavar="{plain,llm}", help="the itinerary as prose as well")
    output.add_argument("--ics", type=Path, metavar="FILE", help="write the itinerary as a calendar file")
    output.add_argument("--save-request", type=Path, metavar="FILE.json", help="write what was understood")
    output.add_argument("--write-lp", type=Path, metavar="FILE.lp", help="write the whole model in LP format")
    output.add_argument("-v", "--verbose", action="count", default=0, help="say more on standard error; -vv: much more")


def _iso_date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date: write it like 2027-05-12") from None


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is no time limit: give seconds, above 0 and at most 86400")
    return seconds
