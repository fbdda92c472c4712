"""An OpenAI-compatible chat completions server on loopback, answering by a script and as strict as the real API.

It speaks streaming (SSE with tool call deltas and a usage chunk) and plain JSON, checks every request the way the API
does, and keeps what it was asked. A malformed request gets 400 with the API's error shape.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jsonschema

Json = dict[str, Any]
ROLES = {"system", "developer", "user", "assistant", "tool"}
PIECE = 7
"""Characters a streamed chunk carries: small, so that arguments and words arrive in pieces."""


@dataclass(frozen=True)
class ToolCall:
    """A call the model makes; `arguments` is text, so that it may be broken."""

    name: str
    arguments: str

    @classmethod
    def of(cls, name: str, /, **arguments: object) -> ToolCall:
        """A call with proper arguments."""
        return cls(name, json.dumps(arguments))


@dataclass(frozen=True)
class Reply:
    """What the script answers. A `status` other than 200 is sent as an error."""

    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    status: int = 200


Script = Callable[[Json], Reply]


@dataclass
class FakeOpenAI:
    """The running server: where it is, what it was asked, what it refused."""

    url: str
    requests: list[Json] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@contextmanager
def serving(script: Script) -> Iterator[FakeOpenAI]:
    """Serve `script` until the block ends."""
    fake = FakeOpenAI("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            problem, request = checked(self.path, self.headers.get("Authorization") or "", body)
            if problem:
                fake.refused.append(problem)
                self._send(400, error(problem))
                return
            fake.requests.append(request)
            reply = script(request)
            if reply.status != 200:
                self._send(reply.status, error("the script says so"))
            elif request.get("stream"):
                self._stream(request, reply, len(fake.requests))
            else:
                self._send(200, completion(request, reply, len(fake.requests)))

        def _send(self, status: int, document: Json) -> None:
            raw = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def _stream(self, request: Json, reply: Reply, number: int) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            for chunk in chunks(request, reply, number):
                self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
            self.wfile.write(b"data: [DONE]\n\n")
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def error(message: str) -> Json:
    """An error as the API writes it."""
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}}


def completion(request: Json, reply: Reply, number: int) -> Json:
    """The whole answer to a request without streaming."""
    message: Json = {"role": "assistant", "content": reply.text or None, "refusal": None}
    if reply.calls:
        message["tool_calls"] = [
            {
                "id": f"call_{number}_{n}",
                "type": "function",
                "function": {"name": c.name, "arguments": c.arguments},
            }
            for n, c in enumerate(reply.calls)
        ]
    choice = {"index": 0, "message": message, "finish_reason": _finish(reply), "logprobs": None}
    return _frame(request, number, "chat.completion") | {"choices": [choice], "usage": usage(request, reply)}


def chunks(request: Json, reply: Reply, number: int) -> Iterator[Json]:
    """The answer in pieces."""

    def chunk(delta: Json, finish: str | None = None) -> Json:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return _frame(request, number, "chat.completion.chunk") | {"choices": [choice]}

    yield chunk({"role": "assistant", "content": "" if reply.text else None})
    for piece in _pieces(reply.text):
        yield chunk({"content": piece})
    for n, call in enumerate(reply.calls):
        head = {"index": n, "id": f"call_{number}_{n}", "type": "function"}
        yield chunk({"tool_calls": [{**head, "function": {"name": call.name, "arguments": ""}}]})
        for piece in _pieces(call.arguments):
            yield chunk({"tool_calls": [{"index": n, "function": {"arguments": piece}}]})
    yield chunk({}, _finish(reply))
    if (request.get("stream_options") or {}).get("include_usage"):
        yield _frame(request, number, "chat.completion.chunk") | {
            "choices": [],
            "usage": usage(request, reply),
        }


def usage(request: Json, reply: Reply) -> Json:
    """Tokens, four characters each."""
    sent = len(json.dumps(request["messages"])) // 4
    back = (len(reply.text) + sum(len(call.arguments) for call in reply.calls)) // 4 + 1
    return {"prompt_tokens": sent, "completion_tokens": back, "total_tokens": sent + back}


def checked(path: str, authorization: str, body: bytes) -> tuple[str, Json]:
    """What is wrong with a request, '' when nothing is, and the request."""
    if path != "/v1/chat/completions":
        return f"unknown path {path}", {}
    if not authorization.startswith("Bearer ") or not authorization.removeprefix("Bearer ").strip():
        return "no API key provided", {}
    try:
        request = json.loads(body)
    except ValueError:
        return "the body is not JSON", {}
    if not isinstance(request.get("model"), str) or not request["model"]:
        return "you must provide a model parameter", {}
    if not isinstance(request.get("messages"), list) or not request["messages"]:
        return "messages: an array with at least one message is required", {}
    return _messages(request["messages"]) or _tools(request.get("tools")), request


def _messages(messages: list[Json]) -> str:
    open_calls: set[str] = set()
    for number, message in enumerate(messages):
        where, role = f"messages[{number}]", message.get("role")
        if role not in ROLES:
            return f"{where}.role: invalid value {role!r}"
        if role == "tool":
            if message.get("tool_call_id") not in open_calls:
                return f"{where}: messages with role 'tool' must be a response to a preceding message with 'tool_calls'"
            open_calls.discard(message["tool_call_id"])
        elif open_calls:
            return f"{where}: an assistant message with 'tool_calls' must be followed by tool messages for {open_calls}"
        calls = message.get("tool_calls")
        if calls is not None and (role != "assistant" or not calls):
            return f"{where}.tool_calls: must be a non-empty array of an assistant message"
        if message.get("content") is None and not calls:
            return f"{where}.content: expected a string or an array"
        for call in calls or []:
            function = call.get("function") or {}
            if (
                call.get("type") != "function"
                or not call.get("id")
                or not isinstance(function.get("arguments"), str)
            ):
                return f"{where}.tool_calls: not a function call with id, name and arguments as a string"
            open_calls.add(call["id"])
    return f"tool_calls without tool messages: {sorted(open_calls)}" if open_calls else ""


def _tools(tools: list[Json] | None) -> str:
    if tools is None:
        return ""
    if not tools or len(tools) > 128:
        return "tools: between 1 and 128 tools are allowed"
    names: set[str] = set()
    for number, tool in enumerate(tools):
        function = tool.get("function") or {}
        name, schema = function.get("name") or "", function.get("parameters", {"type": "object"})
        allowed = name and len(name) <= 64 and all(c.isascii() and (c.isalnum() or c in "_-") for c in name)
        if tool.get("type") != "function" or not allowed:
            return f"tools[{number}].function.name: does not match ^[a-zA-Z0-9_-]+$"
        if name in names:
            return f"tools: the name {name!r} occurs twice"
        names.add(name)
        if len(function.get("description") or "") > 1024:
            return f"tools[{number}].function.description: longer than 1024 characters"
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
        except jsonschema.SchemaError as problem:
            return f"tools[{number}].function.parameters: {problem.message}"
        if schema.get("type") != "object":
            return f"tools[{number}].function.parameters: schema must be of type 'object'"
    return ""


def _frame(request: Json, number: int, kind: str) -> Json:
    return {"id": f"chatcmpl-{number}", "object": kind, "created": 1_700_000_000, "model": request["model"]}


def _finish(reply: Reply) -> str:
    return "tool_calls" if reply.calls else "stop"


def _pieces(text: str) -> list[str]:
    return [text[n : n + PIECE] for n in range(0, len(text), PIECE)]
