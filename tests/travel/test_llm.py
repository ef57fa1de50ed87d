"""The chat function, through the real client: slow, busy, broken and older servers, and its settings."""

import socket
import subprocess
import sys
import time

import pytest

from planning.travel.llm import LanguageModelError, Message, openai_chat
from tests.travel.openai_server import (
    SOON,
    Reply,
    ScriptedServer,
    completion,
    fails,
    forget_environment,
    json_reply,
    says,
    scripted_server,
    served,
)

HELLO = [Message("system", "Be brief."), Message("user", "Hello")]
SCHEMA = {"title": "greeting", "type": "object"}


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_environment(monkeypatch)


def error_of(*replies: Reply, timeout_s: float = 5.0, max_retries: int = 2) -> tuple[str, ScriptedServer]:
    with served(*replies, timeout_s=timeout_s, max_retries=max_retries) as (chat, server):
        with pytest.raises(LanguageModelError) as caught:
            chat(HELLO, json_schema=SCHEMA)
        return str(caught.value), server


def test_a_server_that_is_too_slow_is_given_up() -> None:
    slow = Reply(b"{}", delay_s=5.0)
    start_s = time.monotonic()
    sentence, server = error_of(slow, timeout_s=0.1, max_retries=0)
    assert time.monotonic() - start_s < 3
    assert "did not answer within 0.1 s (1 try)" in sentence
    assert len(server.received) == 1


@pytest.mark.parametrize(("pause_s", "num_parts"), [(5.0, 2), (0.05, 60)], ids=["stuck", "dripping"])
def test_an_answer_that_never_ends_is_given_up(pause_s: float, num_parts: int) -> None:
    good = says({"greeting": "Hello"})
    start_s = time.monotonic()
    drip = Reply(good.body, headers=good.headers, pause_s=pause_s, num_parts=num_parts)
    sentence, _ = error_of(drip, timeout_s=0.2)
    assert "did not finish its answer within 0.2 s" in sentence
    assert time.monotonic() - start_s < 2


def test_a_server_that_stays_busy_is_given_up_with_its_own_words() -> None:
    sentence, server = error_of(fails(429, "You exceeded your current quota"))
    assert len(server.received) == 3
    assert "(3 tries)" in sentence
    assert "You exceeded your current quota" in sentence


@pytest.mark.parametrize(
    ("reply", "wanted"),
    [
        (fails(401, "Incorrect API key"), "OPENAI_API_KEY"),
        (fails(403, "not yours"), "OPENAI_API_KEY"),
        (fails(404, "The model `scripted` does not exist"), "TWOFOLD_LLM_MODEL"),
        (fails(413, "too much"), "HTTP 413"),
        (fails(500, "CUDA out of memory"), "CUDA out of memory"),
        (Reply(b"<html>Bad gateway</html>", 502, SOON), "HTTP 502"),
        (completion(None, refusal="I cannot help with that."), "refused to answer: I cannot help with that."),
        (completion('{"fields"', finish_reason="length"), "cut off"),
        (completion("", finish_reason="content_filter"), "content filter"),
        (completion(""), "empty text"),
        (completion(None), "empty text"),
        (completion(" \n"), "empty text"),
        (json_reply({"choices": []}), "without any text"),
        (json_reply({"error": {"message": "overloaded", "code": 503}}), "overloaded"),
        (json_reply({"choices": [{"message": "hello"}]}), "not answer with a chat completion"),
        (json_reply([]), "not answer with a chat completion"),
        (Reply(b"<html>It works!</html>", headers={"Content-Type": "text/html"}), "It works!"),
        (Reply(b"\xff\xfe\x00"), "not answer with a chat completion"),
        (Reply(b""), "not answer with a chat completion"),
        (Reply(b"[" * 200_000), "not answer with a chat completion"),
        (completion("x" * 5_000_000), "more than"),
    ],
)
def test_every_failure_is_one_sentence_that_says_what_to_do(reply: Reply, wanted: str) -> None:
    sentence, _ = error_of(reply)
    assert wanted in sentence
    assert len(sentence) < 800
    assert "\n" not in sentence


def test_a_connection_that_breaks_is_said() -> None:
    good = says({"greeting": "Hello"})
    sentence, _ = error_of(Reply(good.body, headers=good.headers, declared_bytes=len(good.body) + 10))
    assert "broke off its answer" in sentence


def test_a_server_that_is_not_there_is_said() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound and not listening: a connection is refused
        chat = openai_chat(f"http://127.0.0.1:{unused.getsockname()[1]}/v1", "scripted", max_retries=0)
        with pytest.raises(LanguageModelError, match="cannot be reached"):
            chat([Message("user", "Hello")], json_schema=None)


def test_a_request_that_is_refused_in_every_form_is_said_once() -> None:
    sentence, server = error_of(fails(400, "context too long"))
    assert len(server.received) == 3
    assert "context too long" in sentence


def test_a_lone_surrogate_is_sent_as_a_question_mark() -> None:
    with served(completion("yes")) as (chat, server):
        assert chat([Message("user", "to \udc80 Denver")], json_schema=None) == "yes"
    assert server.received[0].text("user") == ["to ? Denver"]


# Settings


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted_server([completion("yes")]) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
        monkeypatch.setenv("TWOFOLD_LLM_BASE_URL", server.url)
        monkeypatch.setenv("TWOFOLD_LLM_MODEL", "from-the-environment")
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret\n")
        assert openai_chat()([Message("user", "Hello")], json_schema=None) == "yes"
    (request,) = server.received
    assert request.body["model"] == "from-the-environment"
    assert request.headers["authorization"] == "Bearer sk-secret"


def test_a_local_server_needs_no_key_and_openai_does() -> None:
    with served(completion("yes")) as (chat, _):
        assert chat([Message("user", "Hello")], json_schema=None) == "yes"
    with pytest.raises(LanguageModelError, match="OPENAI_API_KEY"):
        openai_chat(model="gpt-5")


def test_the_key_is_in_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    sentence, _ = error_of(fails(401, "Incorrect API key provided: sk-secret"))
    assert "sk-secret" not in sentence


@pytest.mark.parametrize(
    "url", ["localhost:8000", "ftp://localhost/v1", "http://", "http://[::1", "http://a:b@host/v1"]
)
def test_an_address_that_is_none_is_refused_at_once(url: str) -> None:
    with pytest.raises(LanguageModelError, match="address"):
        openai_chat(url, "scripted")


def test_a_missing_package_or_model_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LanguageModelError, match="TWOFOLD_LLM_MODEL"):
        openai_chat("http://localhost:1/v1")
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(LanguageModelError, match=r'openai is not installed, run `pip install "twofold\[llm\]"`'):
        openai_chat("http://localhost:1/v1", "scripted")


def test_numbers_that_make_no_sense_are_the_callers_fault() -> None:
    with pytest.raises(ValueError, match="timeout_s"):
        openai_chat("http://localhost:1/v1", "scripted", timeout_s=0)


def test_the_client_is_loaded_when_it_is_first_used() -> None:
    code = "import sys, planning.travel.translation.llm_translation; assert 'openai' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
