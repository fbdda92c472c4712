"""Where a container's log lies in a dump, and which of its lines are asked for.

Three forms: `NS/POD/CONTAINER.log` and `.previous.log`, each line `<RFC3339Nano> <text>` as our recorder writes them;
and `NS/POD/logs.txt` of `kubectl cluster-info dump`, whose lines carry no time of the kubelet and are served as they
are; and those of a gathered tree (`must_gather`), stamped. Reads in blocks: a log may be larger than memory.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from interlock.core.clock import parse_time
from interlock.core.errors import BadInput
from interlock.core.replay import must_gather
from interlock.core.replay.paths import inside, is_plain_name

BLOCK = 65_536
DUMPED = "logs.txt"
_STAMP = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) ?")
# What kubectl writes into a dump in place of a log that it could not get.
_FAILED = (b"Create log error: ", b"Request log error: ", b"Failed to ")


@dataclass(frozen=True)
class LogFile:
    """A container's log: the bytes from `start` to `end` of a file; `stamped` lines begin with their time."""

    path: Path
    start: int
    end: int
    stamped: bool


@dataclass(frozen=True)
class Wanted:
    """Which lines, and whether with their times."""

    tail: int | None = None
    since: datetime | None = None
    limit: int | None = None
    timestamps: bool = False


def find_log(
    folder: Path, namespace: str, pod: str, container: str, *, previous: bool, only: bool
) -> LogFile | None:
    """The recorded log, or None. `only`: a dumped log without markers is this container's.

    Raises:
        BadInput: the path passes through a symbolic link.
    """
    if not all(map(is_plain_name, (namespace, pod, container))):
        return None
    name = f"{container}.previous.log" if previous else f"{container}.log"
    own = inside(folder, f"{namespace}/{pod}/{name}")
    if own.is_file():
        return LogFile(own, 0, own.stat().st_size, stamped=True)
    gathered = must_gather.find_log(folder, namespace, pod, container, previous=previous)
    if gathered:
        return LogFile(gathered, 0, gathered.stat().st_size, stamped=True)
    dumped = inside(folder, f"{namespace}/{pod}/{DUMPED}")
    return _dumped(dumped, namespace, pod, container, only) if dumped.is_file() and not previous else None


def _dumped(path: Path, namespace: str, pod: str, container: str, only: bool) -> LogFile | None:
    start_mark, end_mark = (
        f"==== {word} logs for container {container} of pod {namespace}/{pod} ====".encode()
        for word in ("START", "END")
    )
    size = path.stat().st_size
    opened = _find(path, start_mark, 0)
    if opened is None:
        unmarked = _find(path, b"==== START logs for container ", 0) is None
        return LogFile(path, 0, size, stamped=False) if only and unmarked else None
    start = opened + len(start_mark) + 1
    end = _find(path, end_mark, start)
    log = LogFile(path, start, size if end is None else end, stamped=False)
    return None if _is_failure(log) else log


def _find(path: Path, mark: bytes, start: int) -> int | None:
    """Where `mark` first occurs at or after `start`, read block by block."""
    with path.open("rb") as file:
        file.seek(start)
        at, kept = start, b""
        while block := file.read(BLOCK * 16):
            window = kept + block
            found = window.find(mark)
            if found >= 0:
                return at - len(kept) + found
            at += len(block)
            kept = window[-len(mark) + 1 :]
    return None


def _is_failure(log: LogFile) -> bool:
    if log.end - log.start > BLOCK:
        return False
    text = b"".join(_blocks(log, log.start)).strip()
    return text.startswith(_FAILED) and b"\n" not in text


def read_log(log: LogFile, wanted: Wanted) -> Iterator[bytes]:
    """The wanted part, in pieces. The order is the kubelet's: last lines, then since, then the byte limit."""
    start = log.start if wanted.tail is None else _tail_start(log, wanted.tail)
    pieces = _gathered(_shown(_lines(log, start), wanted)) if log.stamped else _blocks(log, start)
    return pieces if wanted.limit is None else _limited(pieces, wanted.limit)


def _tail_start(log: LogFile, lines: int) -> int:
    """Where the last `lines` lines begin, found from the end; an unended last line counts as one."""
    if lines <= 0:
        return log.end
    with log.path.open("rb") as file:
        at, seen = log.end, 0
        while at > log.start:
            size = min(BLOCK, at - log.start)
            file.seek(at - size)
            block = file.read(size)
            stop = size - 1 if at == log.end and block.endswith(b"\n") else size
            while (place := block.rfind(b"\n", 0, stop)) >= 0:
                seen, stop = seen + 1, place
                if seen == lines:
                    return at - size + place + 1
            at -= size
    return log.start


def _blocks(log: LogFile, start: int) -> Iterator[bytes]:
    with log.path.open("rb") as file:
        file.seek(start)
        left = log.end - start
        while left > 0 and (block := file.read(min(BLOCK, left))):
            left -= len(block)
            yield block


def _lines(log: LogFile, start: int) -> Iterator[bytes]:
    with log.path.open("rb") as file:
        file.seek(start)
        yield from file


def _shown(lines: Iterator[bytes], wanted: Wanted) -> Iterator[bytes]:
    reached = wanted.since is None
    for line in lines:
        stamp = _STAMP.match(line)
        if not reached and wanted.since is not None and stamp:
            reached = _time(stamp) >= wanted.since
        if reached:
            yield line if wanted.timestamps or not stamp else line[stamp.end() :]


def _time(stamp: re.Match[bytes]) -> datetime:
    return parse_time(stamp[1].decode())


def _gathered(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Lines in larger pieces: fewer, larger writes."""
    piece: list[bytes] = []
    size = 0
    for line in lines:
        piece.append(line)
        size += len(line)
        if size >= BLOCK:
            yield b"".join(piece)
            piece, size = [], 0
    if piece:
        yield b"".join(piece)


def _limited(pieces: Iterator[bytes], limit: int) -> Iterator[bytes]:
    for piece in pieces:
        yield piece[:limit]
        limit -= len(piece)
        if limit <= 0:
            return


def recorded_containers(folder: Path, namespace: str, pod: str) -> list[str]:
    """The names of log files recorded for a pod, for messages."""
    if not (is_plain_name(namespace) and is_plain_name(pod)):
        return []
    try:
        return sorted(e.name for e in os.scandir(inside(folder, f"{namespace}/{pod}")) if e.is_file())
    except (OSError, BadInput):
        return []
