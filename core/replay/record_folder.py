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
        target = inside(self.path, relative)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        except OSError as error:
            raise InterlockError(f"cannot write {target}: {error.strerror}") from error

    def json(self, relative: str, value: JsonValue) -> None:
        """Write one JSON file; a list document gets one object a line, so that recordings can be compared."""
        self.text(relative, one_object_a_line(value))


def one_object_a_line(value: JsonValue) -> str:
    """JSON text; the entries of `items` stand on lines of their own."""
    items = value.get("items") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(items, list):
        return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
    head = json.dumps({k: v for k, v in value.items() if k != "items"}, ensure_ascii=False)
    lines = [json.dumps(item, ensure_ascii=False, separators=(",", ":")) for item in items]
    return head[:-1] + ', "items": [\n' + ",\n".join(lines) + "\n]}\n"


@contextmanager
def new_folder(out: Path) -> Iterator[Folder]:
    """A folder that becomes `out` when the block ends well.

    Raises:
        BadInput: when `out` is there already, or nothing can be made beside it.
    """
    if out.exists() or out.is_symlink():
        raise BadInput(f"{out} exists already", hint="name a new folder, or remove this one first")
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
