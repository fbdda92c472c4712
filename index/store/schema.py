"""The tables of an index file, and what an index must have been made by to be used again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FORM = 1
"""Of the tables below; raise it when they change. What fills them is covered by `code`."""
PASSAGE = 1
"""Of the text that is embedded for a chunk; raise it when `passage` changes."""

TABLES = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE files (
  number INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, mtime INTEGER NOT NULL, ctime INTEGER NOT NULL,
  size INTEGER NOT NULL, sha256 TEXT NOT NULL, meta TEXT NOT NULL, notes TEXT NOT NULL,
  generation INTEGER NOT NULL
);
CREATE TABLE chunks (
  id BLOB PRIMARY KEY, file INTEGER NOT NULL REFERENCES files, place INTEGER NOT NULL,
  start_line INTEGER NOT NULL, end_line INTEGER NOT NULL, title TEXT NOT NULL, trail TEXT NOT NULL,
  kind TEXT NOT NULL, role TEXT NOT NULL, text TEXT NOT NULL, counts TEXT NOT NULL, UNIQUE (file, place)
);
CREATE TABLE vectors (id BLOB PRIMARY KEY, vector BLOB NOT NULL);
"""

_ROOM = Path(__file__).parent.parent
_NOT_TEXT = ("store", "embedding")


@dataclass(frozen=True, slots=True)
class Identity:
    """What text of an index was made by. Text of another identity is not served."""

    source: str
    rules: str
    code: str
    form: str = str(FORM)

    @classmethod
    def of(cls, source: str, rules: str) -> Identity:
        """The identity that an index made by this process would have."""
        return cls(source, rules, code())


@cache
def code(room: Path = _ROOM) -> str:
    """A digest of the code that reads, splits and counts text.

    A number that people raise is forgotten once; and a needless rebuild costs seconds, since vectors are
    carried over by content id.
    """
    digest = hashlib.sha256()
    for file in sorted(room.rglob("*.py")):
        if file.relative_to(room).parts[0] not in _NOT_TEXT:
            digest.update(file.relative_to(room).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]
