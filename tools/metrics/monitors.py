"""What a monitoring system is to us, for now: its monitors and the state each is in; and one kept in a JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from pydantic import JsonValue

from interlock.core.clusters.objects import Node
from interlock.core.errors import BadInput

MOST_BYTES = 20_000_000


@dataclass(frozen=True)
class Monitor:
    """A condition that is watched, and its state. `index` is its place in the list, `path` the list's."""

    name: str
    type: str
    query: str
    message: str
    state: str
    tags: tuple[str, ...]
    path: str
    index: int


@runtime_checkable
class MonitorBackend(Protocol):
    """A monitoring system."""

    monitor_source: str
    """What people call it: a file, a site. Locators carry it."""

    def monitors(self) -> tuple[Monitor, ...]:
        """Every monitor with its state."""


class MonitorFile:
    """`{"monitors": [...]}` in a file, as the public API of a monitoring service gives it."""

    def __init__(self, path: Path) -> None:
        self.monitor_source = path.name
        self._path = path

    def monitors(self) -> tuple[Monitor, ...]:
        """Every monitor of the file.

        Raises:
            BadInput: when it cannot be read as one.
        """
        try:
            loaded: JsonValue = json.loads(_bounded(self._path))
        except OSError as error:
            raise BadInput(f"cannot read {self._path}: {error.strerror}") from None
        except (ValueError, RecursionError) as error:
            raise BadInput(f"{self._path} is not whole JSON: {error}") from None
        return monitors_in(loaded, self._path.name)


def monitors_in(document: JsonValue, path: str) -> tuple[Monitor, ...]:
    """The monitors of a document: a mapping with `monitors`, or the list itself."""
    listed = document.get("monitors") if isinstance(document, Mapping) else document
    if not isinstance(listed, list):
        raise BadInput(f"{path} holds no list of monitors", hint='it looks like {"monitors": [...]}')
    return tuple(_monitor(Node(m), path, i) for i, m in enumerate(listed) if isinstance(m, dict))


def _monitor(raw: Node, path: str, index: int) -> Monitor:
    return Monitor(
        name=raw.text("name"),
        type=raw.text("type"),
        query=raw.text("query"),
        message=raw.text("message"),
        state=raw.text("overall_state") or raw.text("state"),
        tags=tuple(raw.names("tags")),
        path=path,
        index=index,
    )


def _bounded(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise BadInput(f"{path} is larger than {MOST_BYTES} bytes")
    return content
