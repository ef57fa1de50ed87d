"""A real HTTP server on loopback that speaks OpenAI's chat completions, with replies written beforehand."""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from planning.travel.llm import ChatModel, openai_chat

SOON = {"Retry-After": "0.01"}  # a client that honours the header repeats the question at once


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: it is held back `delay_s`, and sent in parts `pause_s` apart."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    pause_s: float = 0.0
    num_parts: int = 2
    declared_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """One request, as it came over the wire; the names of its headers in lower case."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]

    def text(self, role: str) -> list[str]:
        """Return the messages of one role."""
        return [message["content"] for message in self.body["messages"] if message["role"] == role]


def completion(content: str | None, *, finish_reason: str = "stop", refusal: str | None = None) -> Reply:
    """Return an ordinary chat completion."""
    message = {"role": "assistant", "content": content, "refusal": refusal}
    return json_reply(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 0,
            "model": "scripted",
            "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
        }
    )


def says(data: Any) -> Reply:
    """Return a chat completion whose text is JSON."""
    return completion(json.dumps(data))


def fails(status: int, message: str, headers: Mapping[str, str] = SOON) -> Reply:
    """Return an error in OpenAI's form."""
    return json_reply({"error": {"message": message, "type": "error"}}, status=status, headers=headers)


def json_reply(data: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """Return any JSON."""
    return Reply(json.dumps(data).encode(), status, {"Content-Type": "application/json", **(headers or {})})


@dataclass(slots=True)
class ScriptedServer:
    """The replies still to give (the last one for ever) and the requests received so far."""

    url: str
    replies: list[Reply]
    received: list[Received] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def next_reply(self, request: Received) -> Reply:
        """Record a request and choose its answer."""
        self.received.append(request)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@contextmanager
def scripted_server(replies: Sequence[Reply]) -> Iterator[ScriptedServer]:
    """Serve `replies`, one a request, on a free port of 127.0.0.1; nothing is left running afterwards."""
    script = ScriptedServer("", list(replies))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            reply = script.next_reply(
                Received(self.path, {name.lower(): value for name, value in self.headers.items()}, json.loads(body))
            )
            script.closing.wait(reply.delay_s)
            try:
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(reply.declared_bytes or len(reply.body)))
                self.end_headers()
                size = max(1, -(-len(reply.body) // reply.num_parts))
                for start in range(0, len(reply.body), size):
                    script.closing.wait(reply.pause_s if start else 0)
                    self.wfile.write(reply.body[start : start + size])
            except (BrokenPipeError, ConnectionResetError):
                pass  # the client gave up: that is what some tests are about

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the name in the library
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        script.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield script
        finally:
            script.closing.set()
            server.shutdown()
            thread.join()


@contextmanager
def served(*replies: Reply, timeout_s: float = 5.0, max_retries: int = 2) -> Iterator[tuple[ChatModel, ScriptedServer]]:
    """Serve `replies` and talk to the server through the real client."""
    with scripted_server(replies) as server:
        yield openai_chat(server.url, "scripted", timeout_s=timeout_s, max_retries=max_retries), server


def forget_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the settings and proxies of whoever runs the tests."""
    for name in ("TWOFOLD_LLM_BASE_URL", "TWOFOLD_LLM_MODEL", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "*")
