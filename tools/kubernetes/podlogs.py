"""The lines of a container's log, read within bounds, and the choice of the container when none was named.

Threat: a log of gigabytes, of binary, or of one endless line. Mechanism: the server is asked for a tail and for at most
1 MB; when the tail does not fit it is asked for a shorter one, since the server cuts the newest end. Guarantee: what is
shown are the newest lines that fit, whole but for a single line above the limit, and what was not shown is counted.
The times a kubelet puts before lines are kept apart, so that the redactor sees a key of many lines as it was printed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from interlock.core.clock import parse_time
from interlock.core.clusters.objects import KubeObject, Node
from interlock.core.clusters.reader import ClusterReads
from interlock.core.errors import BadInput, NotFound, UnknownName
from interlock.tools.kubernetes.keyframe import KeyFrame

LIMIT_BYTES = 1_000_000
SEARCHED = 10_000
"""Lines asked for when they are to be searched; more would not fit the byte limit anyway."""
_DEFAULT = "kubectl.kubernetes.io/default-container"
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f]")  # escape sequences are left to the redactor
_STAMP = re.compile(r"^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) ?")


@dataclass(frozen=True)
class Wanted:
    """Which part of which log."""

    namespace: str
    pod: str
    container: str
    previous: bool
    tail: int
    since: timedelta | None
    contains: str


@dataclass(frozen=True)
class Line:
    """One line, its number within what was read, and the time it begins with ('' when it has none)."""

    number: int
    stamp: str
    text: str

    @property
    def at(self) -> datetime | None:
        """The time it begins with."""
        try:
            return parse_time(self.stamp) if self.stamp else None
        except ValueError:
            return None


@dataclass(frozen=True)
class Read:
    """Lines, and what there is to say about them."""

    lines: tuple[Line, ...]
    limits: tuple[str, ...]


def pick_container(pod: KubeObject, asked: str) -> str:
    """The container to read: the one asked for, the failing one, the only one, or the pod's own default.

    Raises:
        UnknownName: when the pod has no such container.
        BadInput: when there are several and none stands out; the hint names them.
    """
    main = [c.text("name") for c in pod.nodes("spec", "containers")]
    every = [
        c.text("name") for key in ("initContainers", "ephemeralContainers") for c in pod.nodes("spec", key)
    ]
    if asked:
        if main and asked not in (*main, *every):
            raise UnknownName(f"container of {pod}:", asked, (*main, *every))
        return asked
    failing = [name for name in failing_containers(pod) if name in (*main, *every)]
    chosen = failing if len(failing) == 1 else main if len(main) == 1 else [pod.annotations.get(_DEFAULT, "")]
    if chosen[0]:
        return chosen[0]
    listed = ", ".join(name + (" (failing)" if name in failing else "") for name in (*main, *every))
    raise BadInput(f"{pod} has several containers; name one", hint=f"container is one of: {listed}")


def failing_containers(pod: KubeObject) -> list[str]:
    """Containers that wait for a reason of trouble, or whose last run ended badly; init containers first."""
    statuses = [s for key in ("initContainerStatuses", "containerStatuses") for s in pod.nodes("status", key)]
    return [status.text("name") for status in statuses if _fails(status)]


def read_log(cluster: ClusterReads, wanted: Wanted, now: datetime) -> Read:
    """The newest lines that are wanted and fit.

    Raises:
        NotFound: when there is no such log (yet, or any more).
        NotServed, Forbidden, Unreachable: as the cluster answered.
    """
    text, asked, limits = _fitting(cluster, wanted)
    lines = split_lines(text)
    if len(lines) >= asked:
        limits.append(f"only the last {len(lines)} lines were read; what came before was not looked at")
    if wanted.since is not None:
        lines = _since(lines, now - wanted.since, limits)
    if wanted.contains:
        lines = _containing(lines, wanted, limits)
    odd = sum("\ufffd" in line.text or bool(_UNPRINTABLE.search(line.text)) for line in lines)
    if odd:
        limits.append(f"{odd} lines hold bytes that are no printable text; they are shown as \\xNN or \ufffd")
    return Read(tuple(Line(line.number, line.stamp, escaped(line.text)) for line in lines), tuple(limits))


def split_lines(text: str) -> list[Line]:
    """A log as lines; a line ends at a newline and nowhere else."""
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return [_line(number, line.rstrip("\r")) for number, line in enumerate(lines, start=1)]


def escaped(line: str) -> str:
    r"""`line` with control characters shown as `\xNN`; tabs and terminal escapes stay as they are."""
    return _UNPRINTABLE.sub(lambda match: f"\\x{ord(match.group()):02x}", line)


def _fails(status: Node) -> bool:
    if status.flag("ready") or (status.node("state", "running") and status.flag("started")):
        return False
    waits = status.text("state", "waiting", "reason")
    if waits not in ("", "ContainerCreating", "PodInitializing"):
        return True
    ended = status.node("state", "terminated") or status.node("lastState", "terminated")
    return bool(ended.number("exitCode"))


def _fitting(cluster: ClusterReads, wanted: Wanted) -> tuple[str, int, list[str]]:
    tail = max(SEARCHED, wanted.tail) if wanted.contains else wanted.tail
    while True:
        text = _ask(cluster, wanted, tail)
        size = len(text.encode(errors="replace"))
        if size < LIMIT_BYTES:
            return text, tail, []
        if tail <= 1:
            return text, tail, [f"the last line is longer than {LIMIT_BYTES} bytes; its end was not read"]
        # So many lines would have fitted, were they all of this length; at least a quarter fewer each time round.
        fits = text.count("\n") * 9 // 10
        tail = max(1, min(fits, tail * 3 // 4))


def _ask(cluster: ClusterReads, wanted: Wanted, tail: int) -> str:
    try:
        return cluster.logs(
            wanted.namespace,
            wanted.pod,
            wanted.container,
            previous=wanted.previous,
            tail=tail,
            since_seconds=int(wanted.since.total_seconds()) if wanted.since else None,
            limit_bytes=LIMIT_BYTES,
        )
    except BadInput as error:
        # The kubelet's 400: no previous run, or the container waits to start. The question was right.
        raise NotFound(f"no log: {error.message}", hint=_other(wanted)) from None


def _other(wanted: Wanted) -> str:
    return (
        "try previous=false"
        if wanted.previous
        else "kubernetes_events on the pod says why it has not started"
    )


def _line(number: int, line: str) -> Line:
    match = _STAMP.match(line)
    return Line(number, match[1], line[match.end() :]) if match else Line(number, "", line)


def _since(lines: list[Line], start: datetime, limits: list[str]) -> list[Line]:
    """The server has cut by time where it knows the lines' times; recordings without are cut by what is written."""
    times = [line.at for line in lines]
    if lines and not any(times):
        limits.append("the lines carry no time, so the time window could not be applied")
        return lines
    first = next((place for place, at in enumerate(times) if at and at >= start), len(lines))
    return lines[first:]


def _containing(lines: list[Line], wanted: Wanted, limits: list[str]) -> list[Line]:
    needle = wanted.contains.casefold()
    frame = KeyFrame()
    found = [line for line in lines if not frame.inside(line.text) and needle in line.text.casefold()]
    limits.append(
        f"{len(lines) - len(found)} of {len(lines)} lines do not contain the text and are not shown"
    )
    if len(found) > wanted.tail:
        limits.append(f"{len(found) - wanted.tail} older lines that contain it were left out by tail")
    return found[-wanted.tail :]
