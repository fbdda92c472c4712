"""The evidence of one question in the order it was read, and the display ids (`E1`, `E2`, ...) it goes by."""

from __future__ import annotations

import threading

from interlock.core.evidence import Evidence


class Ledger:
    """Gives display ids. Tools may run in several threads, so adding is locked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._items: list[Evidence] = []
        self._names: dict[str, str] = {}

    def add(self, item: Evidence) -> None:
        """Take in what was just read."""
        with self._lock:
            if item.id not in self._names:
                self._items.append(item)
                self._names[item.id] = f"E{len(self._items)}"

    def display(self, evidence_id: str) -> str:
        """The display id of a global one; '' when it is not of this question."""
        return self._names.get(evidence_id, "")

    def names(self) -> dict[str, str]:
        """Every display id by its global one."""
        with self._lock:
            return dict(self._names)

    def find(self, display: str) -> Evidence | None:
        """The evidence with this display id."""
        number = int(display[1:]) if display[:1] == "E" and display[1:].isdigit() else 0
        return self._items[number - 1] if 0 < number <= len(self._items) else None

    def items(self) -> tuple[tuple[str, Evidence], ...]:
        """Everything read so far with its display id."""
        with self._lock:
            return tuple((self._names[item.id], item) for item in self._items)
