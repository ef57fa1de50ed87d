"""The chat function that a language model is behind: injected, so that planning imports no client of one."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from json import dumps
from typing import TYPE_CHECKING, Any, Literal, Protocol
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

if TYPE_CHECKING:
    import openai

OPENAI_URL = "https://api.openai.com/v1"
MAX_REPLY_BYTES = 2_000_000
MAX_JSON_CHARS = 100_000
MAX_QUOTED_CHARS = 300
# What is sent as the key of a server that asks for none: the client insists on a header.
NO_KEY = "no-key-needed"

ReplyFormat = Literal["json_schema", "json_object", "text"]
PLAINER: Mapping[ReplyFormat, ReplyFormat] = {"json_schema": "json_object", "json_object": "text"}


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation with a language model."""

    role: Literal["system", "user", "assistant"]
    content: str


class ChatModel(Protocol):
    """A function from a conversation to the model's next message."""

    def __call__(self, messages: Sequence[Message], *, json_schema: dict[str, Any] | None) -> str:
        """Answer `messages`; the answer is asked to be JSON of `json_schema`, which the caller still has to check.

        Raises:
            LanguageModelError: No answer came, with a sentence that says why and what to do.
        """


class LanguageModelError(Exception):
    """No usable answer came from a language model. `status` is the HTTP status where there was one."""

    def __init__(self, sentence: str, *, status: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True, slots=True)
class _Endpoint:
    """Where the model is, and how long it is waited for."""

    url: str
    model: str
    api_key: str = field(repr=False)
    timeout_s: float
    max_retries: int
    temperature: float
    seed: int

    def __str__(self) -> str:
        return f"the language model server at {self.url}"

    @property
    def tries(self) -> str:
        """Return how often the server was asked, in words."""
        return "1 try" if self.max_retries == 0 else f"{self.max_retries + 1} tries"


@dataclass(frozen=True, slots=True)
class _Way:
    """How to ask: not every server knows reply formats, and not every model takes a temperature and a seed."""

    reply_format: ReplyFormat = "json_schema"
    sampling: bool = True


def openai_chat(
    base_url: str | None = None,
    model: str | None = None,
    api_key: str | None = None,
    *,
    timeout_s: float = 30.0,
    max_retries: int = 2,
    temperature: float = 0.0,
    seed: int = 0,
) -> ChatModel:
    """Return a chat function for any server that speaks OpenAI's chat completions, through the `openai` package.

    What is not given is read from the environment: TWOFOLD_LLM_BASE_URL, else OPENAI_BASE_URL, else OpenAI itself;
    TWOFOLD_LLM_MODEL; OPENAI_API_KEY, which is sent to whatever the base URL names and which only OpenAI requires here.
    A server that answers 400 or 422 to a JSON schema is asked again for a JSON object, then for plain text, and one
    that refuses temperature and seed is asked without them; what it accepted is remembered.

    Args:
        base_url: "http://localhost:8000/v1", say.
        model: The model's name at that server.
        api_key: The key; a server on your own machine mostly needs none.
        timeout_s: How long one try waits for the answer to begin, and again for it to be complete.
        max_retries: How often a try is repeated after no answer, 429 or 5xx; a Retry-After header is honoured.
        temperature: 0 asks for the likeliest answer.
        seed: Asks for the same answer to the same question, where the server can.

    Raises:
        LanguageModelError: The `openai` package, the model's name or a needed key is missing, or the URL is not one.
        ValueError: `timeout_s` is not positive or `max_retries` is negative.
    """
    endpoint = _endpoint(
        base_url, model, api_key, timeout_s=timeout_s, max_retries=max_retries, temperature=temperature, seed=seed
    )
    accepted = _Way()

    def chat(messages: Sequence[Message], *, json_schema: dict[str, Any] | None) -> str:
        nonlocal accepted
        way = accepted if json_schema is not None else replace(accepted, reply_format="text")
        while True:
            try:
                content = _content(_post(endpoint, _request(endpoint, way, messages, json_schema)), endpoint)
            except LanguageModelError as error:
                plainer = _plainer(way, error)
                if plainer is None:
                    raise
                way = plainer
            else:
                if json_schema is not None:
                    accepted = way
                return content

    return chat


def _endpoint(
    base_url: str | None,
    model: str | None,
    api_key: str | None,
    *,
    timeout_s: float,
    max_retries: int,
    temperature: float,
    seed: int,
) -> _Endpoint:
    """Fill in from the environment, and refuse early what cannot work."""
    if timeout_s <= 0 or max_retries < 0:
        raise ValueError(f"timeout_s must be positive and max_retries not negative, not {timeout_s} and {max_retries}")
    if find_spec("openai") is None:
        raise LanguageModelError('openai is not installed, run `pip install "twofold[llm]"`')
    url = base_url or os.environ.get("TWOFOLD_LLM_BASE_URL") or os.environ.get("OPENAI_BASE_URL") or OPENAI_URL
    model = model or os.environ.get("TWOFOLD_LLM_MODEL")
    if not model:
        raise LanguageModelError("no language model is named: set TWOFOLD_LLM_MODEL to a model of the server")
    key = (api_key or os.environ.get("OPENAI_API_KEY") or "").strip()
    if not key and url == OPENAI_URL:
        raise LanguageModelError(
            "OpenAI needs a key: set OPENAI_API_KEY, or set TWOFOLD_LLM_BASE_URL to a server that needs none"
        )
    if not key.isascii() or not key.isprintable():
        raise LanguageModelError("OPENAI_API_KEY holds characters that no key has: copy it again")
    _check_url(url)
    return _Endpoint(url, model, key or NO_KEY, timeout_s, max_retries, temperature, seed)


def _check_url(url: str) -> None:
    """Refuse what the client would fail on with words that no user knows."""
    try:
        parts = urlsplit(url)
        complete = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        complete = False
    if not complete:
        raise LanguageModelError(
            f"{url!r} is not the address of a language model server: TWOFOLD_LLM_BASE_URL is one like "
            "'http://localhost:8000/v1'"
        )
    if "@" in parts.netloc:
        raise LanguageModelError("the address of the language model server holds a password: use OPENAI_API_KEY")


def _request(
    endpoint: _Endpoint, way: _Way, messages: Sequence[Message], json_schema: dict[str, Any] | None
) -> dict[str, Any]:
    """Return the body of the request, as data."""
    # A lone surrogate (a file name's undecodable byte, say) is no UTF-8 and would fail deep in the client.
    sent = [{"role": m.role, "content": m.content.encode("utf-8", "replace").decode()} for m in messages]
    body: dict[str, Any] = {"model": endpoint.model, "messages": sent}
    if way.sampling:
        body |= {"temperature": endpoint.temperature, "seed": endpoint.seed}
    if json_schema is None:
        return body
    if way.reply_format == "json_schema":
        schema = {"name": json_schema.get("title", "reply"), "schema": json_schema, "strict": True}
        return body | {"response_format": {"type": "json_schema", "json_schema": schema}}
    sent[0]["content"] += f"\n\nAnswer with one JSON object of this JSON schema and nothing else:\n{dumps(json_schema)}"
    return body | ({"response_format": {"type": "json_object"}} if way.reply_format == "json_object" else {})


def _plainer(way: _Way, error: LanguageModelError) -> _Way | None:
    """Return how to ask a server that did not accept the request, or None where asking otherwise cannot help."""
    if error.status not in (400, 422):
        return None
    if way.sampling and any(word in str(error).casefold() for word in ("temperature", "seed")):
        return replace(way, sampling=False)
    plainer = PLAINER.get(way.reply_format)
    return replace(way, reply_format=plainer) if plainer else None


def _post(endpoint: _Endpoint, body: dict[str, Any]) -> bytes:
    """Ask, and return the body of the answer; every failure becomes a LanguageModelError."""
    import openai  # noqa: PLC0415 -- an optional extra that takes most of a second to load

    # One client a question: nothing stays open, and 20 ms are little beside a model's seconds.
    with openai.OpenAI(
        api_key=endpoint.api_key,
        base_url=endpoint.url,
        timeout=endpoint.timeout_s,
        max_retries=endpoint.max_retries,
    ) as client:
        try:
            # The raw stream, because only it can be given up when it is too long or too slow.
            with client.chat.completions.with_streaming_response.create(**body) as response:
                return _read(endpoint, response.iter_bytes)
        except openai.APITimeoutError as error:
            raise LanguageModelError(
                f"{endpoint} did not answer within {endpoint.timeout_s:g} s ({endpoint.tries}): "
                "try again, allow more time, or choose a faster model"
            ) from error
        except openai.APIConnectionError as error:
            raise LanguageModelError(
                f"{endpoint} cannot be reached ({endpoint.tries}): is it running, and is TWOFOLD_LLM_BASE_URL right?"
            ) from error
        except openai.APIStatusError as error:
            raise LanguageModelError(_status_sentence(endpoint, error), status=error.status_code) from error
        except openai.OpenAIError as error:
            raise LanguageModelError(f"{endpoint} could not be asked: {_shown(endpoint, str(error))}") from error


def _read(endpoint: _Endpoint, chunks: Callable[[], Any]) -> bytes:
    """Return the whole answer, or give up on one that is too long or drips too slowly."""
    deadline_s = time.monotonic() + endpoint.timeout_s
    read = bytearray()
    try:
        for chunk in chunks():
            read += chunk
            if len(read) > MAX_REPLY_BYTES or time.monotonic() > deadline_s:
                break
    # Whichever library the client stands on, its own exceptions come through here.
    except Exception as error:
        if time.monotonic() <= deadline_s:
            raise LanguageModelError(f"{endpoint} broke off its answer after {len(read)} bytes: try again") from error
    if len(read) > MAX_REPLY_BYTES:
        raise LanguageModelError(f"{endpoint} answered more than {MAX_REPLY_BYTES} bytes: choose another model")
    if time.monotonic() > deadline_s:
        raise LanguageModelError(
            f"{endpoint} did not finish its answer within {endpoint.timeout_s:g} s: allow more time"
        )
    return bytes(read)


def _status_sentence(endpoint: _Endpoint, error: "openai.APIStatusError") -> str:
    """Say what an HTTP status means here, what to do, and what the server itself says."""
    status = error.status_code
    sentences = {
        401: f"{endpoint} did not accept the key: set OPENAI_API_KEY to one that it knows",
        403: f"{endpoint} does not let this key use the model {endpoint.model!r}: set another OPENAI_API_KEY",
        404: (
            f"{endpoint} knows no model {endpoint.model!r}, or has no chat completions at that address: "
            "check TWOFOLD_LLM_MODEL and TWOFOLD_LLM_BASE_URL (it mostly ends in /v1)"
        ),
        429: f"{endpoint} is asked too often, or the quota is used up ({endpoint.tries}): wait, then try again",
    }
    if status >= 500:
        sentence = f"{endpoint} failed with HTTP {status} ({endpoint.tries}): try again later"
    else:
        sentence = sentences.get(status, f"{endpoint} did not accept the request (HTTP {status})")
    words = (error.body.get("message") if isinstance(error.body, dict) else None) or error.body
    return f"{sentence}. It says: {_shown(endpoint, str(words))}" if words else sentence


def _shown(endpoint: _Endpoint, words: str) -> str:
    """Return a server's words, on one line, shortened, and without the key."""
    line = " ".join(words.replace(endpoint.api_key, "<key>").split())
    return line if len(line) <= MAX_QUOTED_CHARS else f"{line[:MAX_QUOTED_CHARS]} …"


class _ReplyMessage(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _ReplyMessage
    finish_reason: str | None = None


class _Completion(BaseModel):
    """The part of a chat completion that is read; some servers report an error in its place, with status 200."""

    choices: list[_Choice] | None = None
    error: Any = None


def _content(body: bytes, endpoint: _Endpoint) -> str:
    """Return the text of a chat completion, or say why there is none."""
    try:
        completion = _Completion.model_validate_json(body)
    except ValidationError as error:
        words = _shown(endpoint, body[: MAX_QUOTED_CHARS + 1].decode("utf-8", "replace"))
        raise LanguageModelError(
            f"{endpoint} did not answer with a chat completion: is TWOFOLD_LLM_BASE_URL right? It says: {words}"
        ) from error
    if not completion.choices:
        words = f". It says: {_shown(endpoint, str(completion.error))}" if completion.error else ""
        raise LanguageModelError(f"{endpoint} answered without any text: try again, or choose another model{words}")
    choice = completion.choices[0]
    if choice.message.refusal:
        raise LanguageModelError(f"the language model refused to answer: {_shown(endpoint, choice.message.refusal)}")
    if choice.finish_reason == "length":
        raise LanguageModelError(
            f"the answer of the language model was cut off at the limit of {endpoint}: "
            "shorten the text, or allow longer answers there"
        )
    if choice.finish_reason == "content_filter":
        raise LanguageModelError(f"a content filter of {endpoint} withheld the answer: reword the text")
    if not choice.message.content or not choice.message.content.strip():
        raise LanguageModelError(f"{endpoint} answered with an empty text: try again, or choose another model")
    return choice.message.content


def json_object(reply: str) -> str:
    """Return the JSON object in a reply, which may think aloud first or be fenced; raise ValueError without one."""
    answer = reply.rpartition("</think>")[2]
    start, end = answer.find("{"), answer.rfind("}")
    if start < 0 or end < start:
        raise ValueError("it holds no JSON object")
    if end - start > MAX_JSON_CHARS:
        raise ValueError(f"it is longer than {MAX_JSON_CHARS} characters")
    return answer[start : end + 1]
