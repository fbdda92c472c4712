"""Where the index of a source lies: a folder with a lock, index files, and a pointer that names the serving one.

Guarantees: the pointer is replaced by rename, so every reader sees the old index or the new one, whole; a reader
that has the old file open keeps it until it looks again.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from interlock.core.errors import StoreFailed
from interlock.index.store import lock
from interlock.index.store.ledger import Damaged, Ledger

_FOLDER = "index"
_TRIES = 5


class Place:
    """The folder of one source's index."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @classmethod
    def of(cls, cache_dir: Path, source: str) -> Place:
        """The place for a source, by its identity."""
        return cls(
            cache_dir / _FOLDER / hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()[:24]
        )

    def make(self) -> None:
        """Make the folder, for its owner only.

        Raises:
            StoreFailed: when it cannot be made.
        """
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not os.access(self.directory, os.W_OK | os.X_OK):
                raise PermissionError(13, os.strerror(13))
        except OSError as error:
            raise StoreFailed(f"no index can be kept in {self.directory.parent}: {error.strerror}") from None

    def locked(self, *, wait: float = 0.0) -> AbstractContextManager[None]:
        """Be the one writer. Raises `lock.Busy` when another is."""
        return lock.held(self.directory / "lock", wait=wait)

    @property
    def writer(self) -> str:
        """Who is writing now; empty when nobody is."""
        return lock.holder(self.directory / "lock")

    @property
    def serving(self) -> str:
        """The name of the serving index file; empty when there is none."""
        try:
            return (self.directory / "current").read_text("ascii").strip()
        except (OSError, ValueError):
            return ""

    def file(self, name: str) -> Path:
        """An index file by its name."""
        return self.directory / Path(name).name

    def open(self) -> tuple[str, Ledger] | None:
        """The serving index and its name; None when there is none that can be read."""
        for _ in range(_TRIES):
            name = self.serving
            if not name:
                return None
            try:
                return name, Ledger.open(self.file(name))
            except (FileNotFoundError, Damaged):
                if self.serving == name:
                    return None
        return None  # switched between the two looks, each time

    def fresh(self) -> str:
        """A name for a new index file."""
        return f"index-{secrets.token_hex(4)}.db"

    def switch(self, name: str) -> None:
        """Let `name` serve, durably; others are removed. Only the writer may.

        Raises:
            StoreFailed: when the pointer cannot be replaced.
        """
        try:
            _replaced(self.directory / "current", name)
        except OSError as error:
            raise StoreFailed(f"the index cannot be switched: {error.strerror}") from None
        self.sweep()

    def discard(self) -> None:
        """Let nothing serve: what is there is damaged, and is made again by whoever writes next."""
        with suppress(OSError):
            (self.directory / "current").unlink()

    def sweep(self) -> None:
        """Remove index files that do not serve, such as a rebuild's that was killed. Only the writer may."""
        serving = self.serving
        for file in self.directory.glob("index-*.db*"):
            if not serving or not file.name.startswith(serving):
                with suppress(OSError):
                    file.unlink()

    def bytes(self) -> int:
        """Disk that the index takes."""
        return sum(file.stat().st_size for file in self.directory.glob("index-*"))


def identity(root: str, kind: str | None, include: Sequence[str], exclude: Sequence[str]) -> str:
    """What makes a source the same one on every machine that sees it at the same path."""
    return json.dumps([root, kind, list(include), list(exclude)])


def _replaced(file: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=".current-")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        Path(temporary).replace(file)
    except OSError:
        with suppress(OSError):
            Path(temporary).unlink()
        raise
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
