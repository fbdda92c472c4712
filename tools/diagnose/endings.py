"""How a container ended: by its status, or by what events, messages and logs say of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from interlock.tools.diagnose.model import Need, the_object
from interlock.tools.diagnose.scene import Scene
from interlock.tools.diagnose.views import Container, Pod

_CODE = re.compile(
    r"exit(?:ed with)?[ _-]?(?:code|status)?[ _:=]*(?:code|status)?[ :=]*(\d{1,3})\b", re.IGNORECASE
)
_OOM = re.compile(r"\bOOM[- ]?Kill|out of memory: Kill|Memory cgroup out of memory|oom-kill", re.IGNORECASE)
_REASON = re.compile(r"\breason[:=]\s*([A-Z]\w+)")
MEANING = {
    0: "the process ended by itself without an error",
    1: "the process reported an error",
    2: "the process was called wrongly or reported an error",
    126: "the command cannot be executed",
    127: "the command was not found",
    128: "the container could not be started",
    134: "the process aborted itself (SIGABRT)",
    137: "the process was killed (SIGKILL)",
    139: "the process touched memory it may not (SIGSEGV)",
    143: "the process was told to stop (SIGTERM)",
}


@dataclass(frozen=True)
class Ending:
    """The exit code and reason of a container's last end; `need` shows them."""

    code: int | None
    reason: str
    at: datetime | None
    need: Need

    @property
    def oom(self) -> bool:
        """Whether memory was why."""
        return bool(_OOM.search(self.reason))


def ending(scene: Scene, pod: Pod, container: Container) -> Ending | None:
    """How it ended last, by the best channel that says so."""
    ended = container.ended
    if ended:
        code, reason = ended.number("exitCode"), ended.text("reason")
        if reason or code is not None:
            return Ending(code, reason, ended.time("finishedAt"), the_object(pod.ref))
    for signal in scene.signals_about(pod.ref):
        if signal.container in ("", container.name):
            found = read_ending(signal.text)
            if found:
                return Ending(found[0], found[1], signal.last, signal.need)
    for line in reversed(scene.lines_of(pod.ref)):
        found = read_ending(line.text)
        if found and line.container in ("", container.name):
            return Ending(found[0], found[1], line.at, line.shown_by(line.text[:60]))
    return None


def read_ending(text: str) -> tuple[int | None, str] | None:
    """Exit code and reason in words about a container's end, or None."""
    code, reason = _CODE.search(text), _REASON.search(text)
    oom = _OOM.search(text)
    if not code and not oom:
        return None
    return int(code[1]) if code else None, reason[1] if reason else "OOMKilled" if oom else ""
