"""Personas: who travels, how they write, what they spend and are used to; composed from seeded attributes."""

import hashlib
from dataclasses import dataclass
from typing import Literal

from planning.travel.inventory.demo_chance import chance, pick, shuffled

Split = Literal["train", "test"]
SPLITS: tuple[Split, ...] = ("train", "test")


@dataclass(frozen=True, slots=True)
class Party:
    """Who travels: a key, how many adults, the children's ages, and how such people speak of themselves."""

    key: str
    adults: int
    ages: tuple[int, ...]
    words: tuple[str, ...]


def _party(key: str, adults: int, ages: tuple[int, ...], *words: str) -> Party:
    return Party(key, adults, ages, words)


PARTIES: dict[str, Party] = {
    party.key: party
    for party in (
        _party("student", 1, (), "just me, a student", "for one person", "I'm travelling alone"),
        _party("retired teacher", 1, (), "for me alone", "by myself", "it is only me"),
        _party("solo traveller", 1, (), "solo", "for a single traveler", "on my own"),
        _party("consultant", 1, (), "one adult", "for just myself", "a party of one"),
        _party("newlyweds", 2, (), "my husband and I", "for a couple", "for two"),
        _party("old couple", 2, (), "my wife and I", "the two of us", "for 2 seniors"),
        _party("couple", 2, (), "me and my girlfriend", "for a couple", "two adults"),
        _party("partners", 2, (), "my partner and I", "two people", "we are two"),
        _party("best friends", 2, (), "me and my best friend", "two friends", "2 travellers"),
        _party("sisters", 2, (), "my sister and I", "the two of us", "for 2 people"),
        _party("brothers", 2, (), "my brother and me", "two adults", "for two persons"),
        _party("mother and daughter", 2, (), "me and my mother", "for 2 adults", "a party of two"),
        _party("father and son", 2, (), "my dad and I", "two grown-ups", "the pair of us"),
        _party("colleagues", 3, (), "me and two colleagues", "three of us", "for 3 people"),
        _party("three friends", 3, (), "three friends", "a group of three", "me and two friends"),
        _party("aunts", 3, (), "for three women", "three adults", "there are three of us"),
        _party("band", 4, (), "four of us", "a group of 4", "for four people"),
        _party("two couples", 4, (), "two couples", "we are four", "for 4 adults"),
        _party("climbing club", 5, (), "a group of five", "five people", "for 5 adults"),
        _party("cousins", 4, (), "four cousins", "the four of us", "a party of four"),
        _party("book club", 6, (), "six of us", "a group of six", "for 6 travellers"),
        _party("team", 7, (), "a team of 7", "seven colleagues", "for seven people"),
        _party("reunion", 8, (), "eight of us", "a group of 8", "for eight adults"),
        _party("young family", 2, (4,), "two adults and one child aged 4", "my wife, me and our 4 year old"),
        _party(
            "family of four", 2, (6, 9), "2 adults and 2 kids aged 6 and 9", "two adults with two children, 6 and 9"
        ),
        _party("parents of teens", 2, (13, 15), "2 adults and 2 teenagers", "two adults and two kids (13 and 15)"),
        _party("single mother", 1, (7,), "me and my 7 year old daughter", "one adult and one child (7)"),
        _party("single father", 1, (12,), "me and my 12 year old son", "one adult and one child aged 12"),
        _party(
            "big family", 2, (3, 5, 8), "two adults, three kids (3, 5 and 8)", "2 adults and 3 children aged 3, 5, 8"
        ),
        _party("grandparents", 2, (8,), "two grandparents and a grandson of 8", "2 adults and a child aged 8"),
        _party("aunt and nephew", 1, (14,), "one adult and one teenager", "me and my 14 year old nephew"),
        _party(
            "two families", 4, (6, 11), "4 adults and 2 children (6 and 11)", "four adults and two kids aged 6 and 11"
        ),
    )
}

REGISTERS = ("plain", "formal", "chatty", "terse", "list", "lower case", "typing fast")
PURSES = ("shoestring", "careful", "comfortable", "lavish")
HABITS = (
    *("brings the dog", "smokes", "throws parties", "has guests", "sleeps alone", "likes hostels", "wants it whole"),
    *("will not share", "reads reviews", "watches the rates", "afraid of flying", "has no licence", "avoids taxis"),
    *("sleeps late", "goes to bed early", "hates changing planes", "eats everything", "loves one cuisine"),
    *("cannot stand a cuisine", "collects sights", "avoids crowds", "idles", "hurries", "counts every cent"),
    *("wants the best", "hates travelling", "easy to please"),
)


@dataclass(frozen=True, slots=True)
class Persona:
    """A made-up traveller."""

    who: str
    register: str
    purse: str
    habits: tuple[str, ...]

    @property
    def party(self) -> Party:
        """Return who travels."""
        return PARTIES[self.who]

    @property
    def split(self) -> Split:
        """Return the side that a persona stands on: people of one kind are all on one side."""
        return side(self.who)


def side(words: str) -> Split:
    """Return the side of an attribute or a template: decided by the hash of its words alone, for ever."""
    return SPLITS[hashlib.blake2b(words.encode(), digest_size=8).digest()[0] % 2]


def draw_persona(seed: int, number: int, split: Split) -> Persona:
    """Return one persona of a side; a seed and a number give the same one everywhere."""
    rng = chance(seed, "persona", split, str(number))
    who = pick(rng, [key for key in PARTIES if side(key) == split])
    habits = shuffled(rng, HABITS)[: pick(rng, (1, 2, 2, 3, 3, 4))]
    return Persona(who, pick(rng, REGISTERS), pick(rng, PURSES), tuple(sorted(habits)))
