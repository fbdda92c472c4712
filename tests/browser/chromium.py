"""Debian's Chromium driven over the DevTools protocol: pages are opened, read and worked by keyboard, as people do.

Nothing is clicked by script: keys go through the browser's own input, so that focus order and implicit submission are real.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import websocket

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
SECONDS = 60.0
_KEYS = {
    "Tab": {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9},
    "Enter": {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"},
}


class NotHere(Exception):
    """There is no browser."""


@dataclass
class Tab:
    """One page of one person: cookies are shared with nobody else's. `complaints` is what went to its console."""

    browser: Browser
    session: str
    complaints: list[str] = field(default_factory=list)
    loads: int = 0

    def open(self, url: str) -> None:
        """Go there and wait until it is loaded."""
        before = self.loads
        failed = self.send("Page.navigate", url=url).get("errorText")
        assert not failed, f"{url}: {failed}"
        self.loaded_after(before)

    def loaded_after(self, before: int) -> None:
        """Wait for a page after the one before."""
        self.browser.wait(lambda: self.loads > before)

    def press(self, key: str) -> None:
        """One key, down and up."""
        for kind in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, **_KEYS[key])

    def submit(self) -> None:
        """Press Enter on what is focused, and wait for the page that it leads to."""
        before = self.loads
        self.press("Enter")
        self.loaded_after(before)

    def type(self, text: str) -> None:
        """Text into what is focused."""
        self.send("Input.insertText", text=text)

    def tab_to(self, said: str, most: int = 40) -> None:
        """Press Tab until what is focused says this."""
        for _ in range(most):
            self.press("Tab")
            if self.focused() == said:
                return
        raise AssertionError(f"{said!r} was not reached by Tab; focused is {self.focused()!r}")

    def focused(self) -> str:
        """The accessible words of what is focused: its label or its text."""
        script = "(e => (e.labels && e.labels[0] ? e.labels[0] : e).innerText || '')(document.activeElement)"
        return str(self.script(script)).strip()

    def text(self) -> str:
        """What a person reads."""
        return str(self.script("document.body.innerText"))

    def script(self, expression: str) -> Any:
        """The value of an expression, by the debugger and not by the page."""
        found = self.send("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """One command."""
        return self.browser.send(method, params, self.session)

    def told(self, method: str, params: dict[str, Any]) -> None:
        """An event of this page."""
        if method == "Page.loadEventFired":
            self.loads += 1
        elif method == "Log.entryAdded":
            self.complaints.append(str(params["entry"]["text"]))
        elif method in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
            self.complaints.append(json.dumps(params)[:500])


class Browser:
    """A running browser."""

    def __init__(self, address: str) -> None:
        self._socket = websocket.create_connection(address, timeout=SECONDS, suppress_origin=True)
        self._numbers = itertools.count(1)
        self._tabs: dict[str, Tab] = {}

    def tab(self) -> Tab:
        """A page with cookies of its own."""
        context = self.send("Target.createBrowserContext", {})["browserContextId"]
        target = self.send("Target.createTarget", {"url": "about:blank", "browserContextId": context})[
            "targetId"
        ]
        session = self.send("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        made = self._tabs[session] = Tab(self, session)
        for domain in ("Page", "Log", "Runtime"):
            made.send(f"{domain}.enable")
        return made

    def send(self, method: str, params: dict[str, Any], session: str = "") -> dict[str, Any]:
        """One command and its answer; events that come before it are told to their pages."""
        number = next(self._numbers)
        said = {"id": number, "method": method, "params": params}
        self._socket.send(json.dumps({**said, "sessionId": session} if session else said))
        while True:
            got = self._next()
            if got.get("id") == number:
                assert "error" not in got, f"{method}: {got.get('error')}"
                return dict(got["result"])

    def wait(self, holds: Any) -> None:
        """Take events in until something holds."""
        while not holds():
            self._next()

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _next(self) -> dict[str, Any]:
        got: dict[str, Any] = json.loads(self._socket.recv())
        tab = self._tabs.get(got.get("sessionId", ""))
        if tab is not None and "method" in got:
            tab.told(got["method"], got["params"])
        return got


@contextmanager
def running(folder: Path) -> Iterator[Browser]:
    """A browser without a window, and without anything of its user's.

    Raises:
        NotHere: when none is installed.
    """
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        raise NotHere("not run: no Chromium (Debian: chromium)")
    with (folder / "log").open("wb") as log, _started([program, *_arguments(folder)], folder, log) as address:
        browser = Browser(address)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def _started(argv: Sequence[str], folder: Path, log: Any) -> Iterator[str]:
    home = {"HOME": str(folder), "PATH": os.environ["PATH"], "XDG_CONFIG_HOME": str(folder)}
    process = subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=home, start_new_session=True
    )
    try:
        yield _address(folder / "DevToolsActivePort", process)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _arguments(folder: Path) -> list[str]:
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    quiet = ["--no-first-run", "--disable-gpu", "--disable-extensions", "--disable-background-networking"]
    own = ["--disable-component-update", "--disable-sync", "--no-proxy-server", "--disable-dev-shm-usage"]
    port = ["--remote-debugging-port=0", f"--user-data-dir={folder}"]
    return ["--headless=new", *sandbox, *quiet, *own, *port, "about:blank"]


def _address(file: Path, process: subprocess.Popen[bytes]) -> str:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, f"the browser ended with {process.returncode}"
        lines = file.read_text().split("\n") if file.exists() else []
        if len(lines) > 1 and lines[1]:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        time.sleep(0.05)
    raise AssertionError("the browser did not start")
