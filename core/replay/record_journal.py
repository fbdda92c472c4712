"""What an interrupted recording had, so that it can go on: a line a listed resource or log, written when its files are.

Guarantee: a journal of another cluster, other namespaces or other wishes is refused, never mixed in.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import JsonValue

from interlock.core.errors import BadInput
from interlock.core.replay.record_folder import Folder, fresh_target

JOURNAL = "journal.jsonl"
Wishes = Mapping[str, JsonValue]


@dataclass
class Journal:
    """The entries so far, and where further ones go (None: nowhere, this run cannot be resumed)."""

    path: Path | None = None
    listed: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    logs: set[str] = field(default_factory=set)

    def files_of(self, resource: str, namespace: str) -> tuple[str, ...] | None:
        """The files of a listing that is done, or None."""
        return self.listed.get((resource, namespace))

    def note_listed(self, resource: str, namespace: str, files: list[str]) -> None:
        """A listing is done and its files are written."""
        self._add({"resource": resource, "namespace": namespace, "files": [*files]})

    def note_log(self, path: str) -> None:
        """A log is written."""
        self._add({"log": path})

    def _add(self, entry: Wishes) -> None:
        if self.path:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")


@contextmanager
def resumable_folder(out: Path, wishes: Wishes) -> Iterator[tuple[Folder, Journal]]:
    """`OUT.partial`, which becomes `out` when the block ends well and stays for a next run when it does not.

    Raises:
        BadInput: when `out` is there already, or `OUT.partial` belongs to another recording.
    """
    fresh_target(out)
    partial = out.with_name(f"{out.name}.partial")
    if partial.is_symlink():
        raise BadInput(f"{partial} is a symbolic link", hint="remove it, or name another folder")
    try:
        partial.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise BadInput(f"cannot make {partial}: {error.strerror}") from error
    journal = _journal(partial, wishes)
    try:
        yield Folder(partial), journal
    except BaseException:
        if [entry.name for entry in partial.iterdir()] == [JOURNAL]:
            shutil.rmtree(partial, ignore_errors=True)
        raise
    (partial / JOURNAL).unlink()
    partial.chmod(0o755)
    partial.rename(out)


def _journal(partial: Path, wishes: Wishes) -> Journal:
    path = partial / JOURNAL
    entries = _entries(path)
    if not entries:
        if any(partial.iterdir()) and not path.exists():
            raise BadInput(f"{partial} is no interrupted recording", hint="remove it, or name another folder")
        path.write_text(json.dumps(dict(wishes)) + "\n", encoding="utf-8")
        return Journal(path)
    if entries[0] != json.loads(json.dumps(dict(wishes))):
        differing = sorted(k for k in {*entries[0], *wishes} if entries[0].get(k) != wishes.get(k))
        message = f"{partial} is of another recording: {', '.join(differing)} differ"
        raise BadInput(message, hint="record with the same arguments, or remove it")
    journal = Journal(path)
    for entry in entries[1:]:
        _take_in(journal, entry)
    return journal


def _entries(path: Path) -> list[dict[str, JsonValue]]:
    """The whole lines; the last one may be torn."""
    found = []
    if path.is_file() and not path.is_symlink():
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            with suppress(ValueError):
                entry = json.loads(line)
                found += [entry] if isinstance(entry, dict) else []
    return found


def _take_in(journal: Journal, entry: Mapping[str, JsonValue]) -> None:
    files = entry.get("files")
    if isinstance(files, list):
        key = str(entry.get("resource")), str(entry.get("namespace"))
        journal.listed[key] = tuple(str(file) for file in files)
    elif "log" in entry:
        journal.logs.add(str(entry["log"]))
