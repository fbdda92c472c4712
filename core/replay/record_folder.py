"""Writes a recording so that it is there whole or not at all.

Everything goes to a hidden folder beside the target, which is renamed at the end; an error or Ctrl-C removes it.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from interlock.core.errors import BadInput, InterlockError
from interlock.core.replay.paths import inside


@dataclass(frozen=True)
class Folder:
    """The folder being written."""

    path: Path

    def text(self, relative: str, text: str) -> None:
        """Write one file; its name may not leave the folder, whatever the server called its objects."""
        self.bytes(relative, text.encode("utf-8"))

    def bytes(self, relative: str, content: bytes) -> None:
        """Write one file that is no text."""
        target = inside(self.path, relative)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        except OSError as error:
            raise InterlockError(f"cannot write {target}: {error.strerror}") from error

    def read(self, relative: str) -> JsonValue:
        """A JSON file written before.

        Raises:
            BadInput: when it is not there or not whole.
        """
        try:
            loaded: JsonValue = json.loads(inside(self.path, relative).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise BadInput(f"{self.path / relative} cannot be read: {error}", hint="record again") from error
        return loaded

    def json(self, relative: str, value: JsonValue) -> None:
        """Write one JSON file; a list document gets one object a line, so that recordings can be compared."""
        self.text(relative, one_object_a_line(value))


def one_object_a_line(value: JsonValue, *, depth: int = 0) -> str:
    """JSON text in which every entry of an outer list stands on a line of its own."""
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(map(_compact, value)) + "\n]"
    if isinstance(value, dict) and depth < 2:
        pairs = (f"{_compact(key)}:{one_object_a_line(held, depth=depth + 1)}" for key, held in value.items())
        return "{" + ",".join(pairs) + "}" + ("\n" if depth == 0 else "")
    return _compact(value)


def _compact(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def fresh_target(out: Path) -> None:
    """A recording is written beside what is there, never into it.

    Raises:
        BadInput: when `out` is there already.
    """
    if out.exists() or out.is_symlink():
        raise BadInput(f"{out} exists already", hint="name a new folder, or remove this one first")


@contextmanager
def new_folder(out: Path) -> Iterator[Folder]:
    """A folder that becomes `out` when the block ends well.

    Raises:
        BadInput: when `out` is there already, or nothing can be made beside it.
    """
    fresh_target(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{out.name}.partial-", dir=out.parent))
    except OSError as error:
        raise BadInput(f"cannot make {out}: {error.strerror}") from error
    try:
        yield Folder(partial)
        partial.chmod(0o755)
        partial.rename(out)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
