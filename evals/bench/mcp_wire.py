"""A client of MCP servers on standard input and output that counts bytes: lines of JSON-RPC, no SDK in between.

The same for every server, so that what is measured is the server. It declares no capabilities.
"""

from __future__ import annotations

import json
import os
import subprocess  # noqa: TID251 - a bench of servers has to start them and talk to them
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REVISION = "2025-11-25"
Json = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """One answer: what it held, its line's bytes, and the seconds until it was there."""

    result: Json
    bytes: int
    seconds: float

    @property
    def text(self) -> str:
        """What a model is shown where a client passes on the text."""
        return "\n".join(part.get("text", "") for part in self.result.get("content", []))

    @property
    def shown(self) -> int:
        """Bytes that a model is shown: clients pass on the text or the structured content, here the larger."""
        structured = self.result.get("structuredContent")
        held = json.dumps(structured, ensure_ascii=False) if structured else ""
        return max(len(self.text.encode()), len(held.encode()))

    @property
    def failed(self) -> bool:
        """Whether the tool said so."""
        return bool(self.result.get("isError"))


class Wire:
    """One running server."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._sent = 0

    def ask(self, method: str, params: Json) -> Answer:
        """Send one request and wait for its answer; what the server says besides is read over.

        Raises:
            SystemExit: when the server ended or answered with an error.
        """
        self._sent += 1
        began = time.perf_counter()
        self.tell({"id": self._sent, "method": method, "params": params})
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(b"{") and (message := json.loads(line)).get("id") == self._sent:
                seconds = time.perf_counter() - began
                if "error" in message:
                    raise SystemExit(f"{method} {params}: {message['error']}")
                return Answer(message["result"], len(line), seconds)
        raise SystemExit(f"the server ended with {self._process.wait(5)} at {method}")

    def tell(self, message: Json) -> None:
        """Send without waiting."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        self._process.stdin.flush()

    def call(self, tool: str, args: Json) -> Answer:
        """Call a tool."""
        return self.ask("tools/call", {"name": tool, "arguments": args})

    def cpu(self) -> float:
        """Seconds of CPU that the server used so far, ended programs of its own included."""
        stat = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, stat[11:15])) / os.sysconf("SC_CLK_TCK")

    def begin(self) -> None:
        """The handshake."""
        client = {"name": "bench", "version": "1"}
        self.ask("initialize", {"protocolVersion": REVISION, "capabilities": {}, "clientInfo": client})
        self.tell({"method": "notifications/initialized"})


@contextmanager
def started(
    argv: Sequence[str], environment: Mapping[str, str], log: Path
) -> Iterator[tuple[Wire, Answer, float]]:
    """A server past its handshake, its list of tools, and the seconds from its start until that list was there."""
    began = time.perf_counter()
    with log.open("wb") as errors:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, **environment},
        )
    try:
        wire = Wire(process)
        wire.begin()
        listed = wire.ask("tools/list", {})
        yield wire, listed, time.perf_counter() - began
    finally:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
