"""`twofold trip --ask`: the clarifying dialogue in a terminal; questions go to standard error."""

import sys
from argparse import Namespace
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from data.likely_answers import likely_answers
from planning.travel.dialogue import Closing, Dialogue, DialogueState
from planning.travel.inventory import Inventory
from planning.travel.request import TravelRequest
from solvers.registry import lookup
from twofold.trip_input import TRANSLATORS, chat_of
from twofold.writing import write_file

DEFAULT_FILE = Path("twofold-dialogue.json")
MAX_FILE_BYTES = 5_000_000
MAX_LINE_CHARS = 2_000
PROMPT = "> "


def asked_request(text: str, options: Namespace, inventory: Inventory) -> TravelRequest | None:
    """Hold a dialogue about a text, and return the request in the end; None where something needed stays unknown.

    Ctrl-C writes the dialogue to `options.dialogue`, and the same command goes on with it. The end of the input means
    that no further question is answered: the trip is planned with what is known.

    Raises:
        ValueError: The text is to be read from standard input, where the answers come from; or the file is damaged.
        LanguageModelError: The options ask for a language model, and it is not set up.
        KeyboardInterrupt: Ctrl-C, after the dialogue is saved.
    """
    if options.text == "-":
        raise ValueError("--ask reads the answers from standard input: give the trip as a TEXT, not as -")
    file = options.dialogue or DEFAULT_FILE
    dialogue = _dialogue(options, inventory)
    state = _resumed(file, text)
    if state is None:
        state, remarks = dialogue.begin(text)
        _say(*remarks)
    state = _held(dialogue, state, file)
    file.unlink(missing_ok=True)
    return None if state.missing else state.request()


def state_bytes(state: DialogueState) -> bytes:
    """Return a dialogue as its file has it."""
    return state.model_dump_json(indent=1).encode() + b"\n"


def _dialogue(options: Namespace, inventory: Inventory) -> Dialogue:
    today = options.today or datetime.now().astimezone().date()
    translate = lookup("translator", options.translator, TRANSLATORS)(options)
    chat = chat_of(options) if options.translator == "openai" else None
    likely = likely_answers(inventory)
    return Dialogue(inventory, likely, today, translate, chat, profile=options.profile)


def _resumed(file: Path, text: str) -> DialogueState | None:
    """Return the dialogue about a text that was interrupted; one about another text is left alone.

    Raises:
        ValueError: The file is no dialogue, or of another version.
    """
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        return None
    try:
        state = DialogueState.model_validate_json(content)
    except ValidationError as error:
        detail = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(map(str, detail["loc"])) or "the whole"
        raise ValueError(f"{file} is no dialogue to go on with ({where}: {detail['msg']}): remove it") from None
    if state.text != text.strip():
        raise ValueError(f"{file} holds a dialogue about another trip: remove it, or name another with --dialogue FILE")
    _say(f"I go on with the dialogue in {file}, after {len(state.exchanges)} answers.")
    return state


def _held(dialogue: Dialogue, state: DialogueState, file: Path) -> DialogueState:
    """Ask and hear until there is nothing to ask, or nobody to answer."""
    try:
        while True:
            state, turn = dialogue.ask(state)
            if isinstance(turn, Closing):
                _say(turn.text)
                return state
            answer = _answer(turn.text)
            if answer is None:
                return state
            state, remarks = dialogue.hear(state, answer)
            _say(*remarks)
    except KeyboardInterrupt:
        write_file(file, state_bytes(state))
        _say("", f"The dialogue is saved in {file}: the same command goes on with it.")
        raise


def _answer(question: str) -> str | None:
    """Return the next line of input, None at its end; an empty line is no wish."""
    _say(question)
    sys.stderr.write(PROMPT)
    sys.stderr.flush()
    line = sys.stdin.readline(MAX_LINE_CHARS)
    return (line.strip() or "I don't mind") if line else None


def _say(*sentences: str) -> None:
    for text in sentences:
        sys.stderr.write(f"{text}\n")
