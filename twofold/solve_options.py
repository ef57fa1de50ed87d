"""The options of `twofold solve`, and its help."""

import argparse
from pathlib import Path

from twofold import learned_options
from twofold.option_types import count, picture, seconds, seed, weight

SUMMARY = "solve a maze, a Sokoban level or sliding tiles, and prove that no plan is cheaper"
DESCRIPTION = """\
Solve the problems in a file: print a plan of least cost, how that is proven, and how many states were expanded. Every
plan is replayed by an independent verifier before it is shown. A problem without a solution is an answer, too:
INFEASIBLE, with the number of states that were searched. A trained network may propose plans (--planner searchformer):
what is promised (--guarantee) is then promised all the same, whatever the network says.
"""
EPILOG = """\
files (recognised by themselves, or named by --domain):
  maze      one line a row: # wall, . or space free, 1-9 the cost of stepping there, S start, G goal
  octile    the same with diagonal steps; and MovingAI's scenarios (.scen, with the .map beside it)
  sokoban   XSB levels, one or a collection: # wall, @ worker, $ box, . dock, * box on a dock, + worker on a dock;
            Boxoban's files ("; 0" and ten rows)
  tiles     the numbers 0 (the blank) to 8, 15 or 24, row by row

examples:
  twofold solve maze.txt
  twofold solve maze.txt --png maze.png --gif maze.gif
  twofold solve maze.txt --trace words > sample.txt
  twofold solve maze.txt --ties random --seed 7 --trace json | jq '.answers[0].trace[0]'
  twofold solve levels.xsb --index 3 --time-limit 10
  twofold solve arena.map.scen --index 200 --domain maze
  twofold solve hard.txt --algorithm anytime --weight 3 --time-limit 5
  twofold solve maze.txt --planner searchformer --compare
  twofold solve maze.txt --planner searchformer --guarantee valid --mode fast --samples 8
  printf '3 1 2\\n0 4 5\\n6 7 8\\n' | twofold solve - --json

exit codes (of a collection, the worst):
  0    solved; every plan was verified, and every file asked for was written
  2    bad usage or input, or a file could not be written
  3    it is proven that there is no plan
  5    a limit (nodes, time or memory) struck before any plan was found; with --guarantee none: the network found none
  130  interrupted (no file is left half-written)
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `twofold solve` to a parser."""
    what = parser.add_argument_group("what is solved")
    what.add_argument("file", type=Path, metavar="FILE", help="the problems; - reads standard input")
    what.add_argument(
        "--domain", default="auto", metavar="{auto,maze,octile,sokoban,tiles}", help="what they are (default: auto)"
    )
    what.add_argument("--index", type=count(0), metavar="I", help="only this problem of a collection (from 0)")
    learned_options.add_options(parser)
    how = parser.add_argument_group("how it is solved")
    how.add_argument(
        "--heuristic",
        metavar="NAME",
        help="maze: manhattan, zero; octile: octile, zero; sokoban: matching (default), paper (default for traces), "
        "zero; tiles: manhattan",
    )
    how.add_argument(
        "--algorithm",
        default="astar",
        metavar="{astar,weighted,greedy,breadth-first,ida,anytime}",
        help="astar: optimal, compiled (default). The others are plain Python: weighted: at most W times the least "
        "cost; greedy: any plan, soon; breadth-first: fewest steps; ida: optimal in the memory of one path; anytime: a "
        "plan soon, then better ones until the limit",
    )
    how.add_argument("--weight", type=weight, metavar="W", help="of weighted and anytime, from 1 (default: 2)")
    how.add_argument(
        "--ties",
        default="deterministic",
        metavar="{deterministic,random}",
        help="which of equally promising states is expanded first (default: deterministic)",
    )
    how.add_argument("--seed", type=seed, metavar="N", help="of random ties, or of the network's chance (default: 0)")
    how.add_argument("--limit-nodes", type=count(1), metavar="N", help="stop after N expanded states")
    how.add_argument("--time-limit", type=seconds, metavar="S", help="stop after S seconds, for each problem")
    output = parser.add_argument_group("what comes out")
    output.add_argument("--json", action="store_true", help="one JSON object on standard output, for programs")
    output.add_argument(
        "--trace",
        metavar="{words,json}",
        help="the search itself. words: two lines, prompt and target, in the format of Searchformer, and nothing else; "
        "json: as --json, with every event",
    )
    output.add_argument("--png", type=picture("png"), metavar="FILE", help="draw the problem, the search and the plan")
    output.add_argument("--gif", type=picture("gif"), metavar="FILE", help="the same as an animation")
    output.add_argument("-v", "--verbose", action="count", default=0, help="say more on standard error; -vv: much more")
