"""What goes into a trip: the text, the inventory, the names it knows, and who translates."""

import codecs
import re
import sys
from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from planning.travel.inventory import Inventory
from planning.travel.llm import ChatModel, openai_chat
from planning.travel.translation import MAX_TEXT_CHARS, Translation, Translator
from planning.travel.translation.gazetteer import Gazetteer
from solvers.registry import lookup

# What a shell leaves of "$4,000" and "$1.7k" in double quotes.
_EATEN_BY_A_SHELL = re.compile(r"(?:^|\s)(?P<rest>,\d{3}|\.\d+k)\b", re.IGNORECASE)


def read_text(text: str) -> str:
    """Return the traveller's text: the argument itself, or standard input for "-".

    Raises:
        ValueError: It is too long.
    """
    # A letter has at most four bytes, so that nothing endless is ever read.
    is_piped = text == "-"
    content = sys.stdin.buffer.read(4 * MAX_TEXT_CHARS + 4) if is_piped else text.encode("utf-8", "surrogateescape")
    text = content.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")
    if len(text) > MAX_TEXT_CHARS:
        raise ValueError(f"the text has more than {MAX_TEXT_CHARS:,} characters: shorten it to what the trip needs")
    return text


def open_inventory(tables: Path | None) -> Inventory:
    """Open the tables in a directory, or the demo.

    Raises:
        ValueError: The directory or a table is missing or broken.
    """
    if tables is None:
        from planning.travel.inventory.demo import open_demo  # noqa: PLC0415  (each has its own imports)

        return open_demo()
    if not tables.is_dir():
        raise ValueError(f"--tables {tables}: there is no such directory")
    from planning.travel.inventory.tables import open_tables  # noqa: PLC0415

    return open_tables(tables)


def chat_of(options: Namespace) -> ChatModel:
    """Return the language model that the options and the environment name.

    Raises:
        LanguageModelError: One of them is missing.
    """
    return openai_chat(options.llm_url, options.llm_model)


def translated(text: str, options: Namespace, gazetteer: Gazetteer) -> Translation:
    """Translate a text with the translator that the options name.

    Raises:
        LanguageModelError: The language model gave no answer.
    """
    translate = lookup("translator", options.translator, TRANSLATORS)(options)
    today = options.today or datetime.now().astimezone().date()
    translation = translate(text, today=today, gazetteer=gazetteer)
    eaten = _EATEN_BY_A_SHELL.search(text)
    if eaten is None:
        return translation
    warning = f"“{eaten['rest']}” looks like a price of which the shell took the beginning: use single quotes"
    return replace(translation, warnings=(*translation.warnings, warning))


def _by_rules(_options: Namespace) -> Translator:
    from planning.travel.translation.rules import translate_by_rules  # noqa: PLC0415  (only who needs it pays for it)

    return translate_by_rules


def _by_language_model(options: Namespace) -> Translator:
    from planning.travel.translation.llm_translation import llm_translator  # noqa: PLC0415  (only who needs it pays for it)

    return llm_translator(chat_of(options))


TRANSLATORS: dict[str, Callable[[Namespace], Translator]] = {"rules": _by_rules, "openai": _by_language_model}
