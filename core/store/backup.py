"""A copy of our own database as one file, and back, across SQLite and PostgreSQL, with the chain as it was.

A backup is gzipped JSON lines: a header with the schema, then each row of each table, then a line with the count and
the SHA-256 of everything before it. It holds redacted text and names: guard it like the database.
Restoring writes into an empty database only.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import LargeBinary, Table, func, insert, select, text

from interlock.core.errors import BadInput, StoreFailed
from interlock.core.store import Store
from interlock.core.store.tables import HEAD, metadata

FORM = "interlock-backup-1"
_PAGE = 1_000


@dataclass(frozen=True)
class Backup:
    """What was written or restored: rows of all tables, and the digest of the content."""

    rows: int
    sha256: str


def backup(store: Store, path: Path) -> Backup:
    """Write the whole database to `path`, which appears complete or not at all.

    Raises:
        BadInput: when the file exists or cannot be written.
    """
    if path.exists():
        raise BadInput(f"{path} exists", hint="name a new file")
    part = path.with_name(f".{path.name}.part")
    digest, rows = hashlib.sha256(), 0
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as raw:  # noqa: PTH123 - a mode
            with gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as out:
                for line in _lines(store):
                    digest.update(line)
                    out.write(line)
                    rows += 1
                rows -= 1  # the header
                end = {"rows": rows, "sha256": digest.hexdigest()}
                out.write(json.dumps(end).encode() + b"\n")
            raw.flush()
            os.fsync(raw.fileno())
        part.rename(path)
    except OSError as error:
        raise BadInput(f"cannot write {path}: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
    return Backup(rows, digest.hexdigest())


def restore(store: Store, path: Path) -> Backup:
    """Fill an empty database from a backup, all of it or nothing.

    Raises:
        BadInput: when the file is damaged, of another schema, or the database is not empty.
    """
    checked = _checked(path)
    with store.write() as connection:
        for table in metadata.sorted_tables:
            if connection.execute(select(func.count()).select_from(table)).scalar():
                raise BadInput(
                    f"the database is not empty: {table.name} has rows", hint="restore into a new database"
                )
        page: dict[str, list[dict[str, Any]]] = {}
        for name, row in _rows(path):
            page.setdefault(name, []).append(_decoded(metadata.tables[name], row))
            if len(page[name]) == _PAGE:
                connection.execute(insert(metadata.tables[name]), page.pop(name))
        for name, rows in page.items():
            connection.execute(insert(metadata.tables[name]), rows)
        if connection.dialect.name == "postgresql":
            _advance(connection)
    return checked


def _lines(store: Store) -> Iterator[bytes]:
    yield _line({"form": FORM, "schema": HEAD})
    with store.read() as connection:
        if connection.dialect.name == "postgresql":
            # One moment for all tables: rows that come while we write are not in it.
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        for table in metadata.sorted_tables:
            ordered = select(table).order_by(*table.primary_key.columns)
            for row in connection.execution_options(yield_per=_PAGE).execute(ordered).mappings():
                yield _line({"table": table.name, "row": {k: _encoded(v) for k, v in row.items()}})


def _line(said: object) -> bytes:
    return json.dumps(said, separators=(",", ":"), sort_keys=True).encode() + b"\n"


def _encoded(value: object) -> object:
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _decoded(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: base64.b64decode(value["base64"])
        if isinstance(table.c[name].type, LargeBinary) and isinstance(value, dict)
        else value
        for name, value in row.items()
    }


def _checked(path: Path) -> Backup:
    digest, rows, last = hashlib.sha256(), -1, b""
    try:
        with gzip.open(path, "rb") as lines:
            for line in lines:
                if last:
                    digest.update(last)
                    rows += 1
                last = line
        header, end = next(iter(_raw(path))), json.loads(last or b"{}")
    except (OSError, EOFError, ValueError, StopIteration) as error:
        raise BadInput(f"{path} is not a whole backup: {error}") from None
    if header.get("form") != FORM or end.get("sha256") != digest.hexdigest() or end.get("rows") != rows:
        raise BadInput(f"{path} is damaged or cut off", hint="use another copy")
    if header.get("schema") != HEAD:
        raise BadInput(
            f"{path} is of schema {header.get('schema')}, this version knows {HEAD}",
            hint="restore it with the version that wrote it, then upgrade",
        )
    return Backup(rows, digest.hexdigest())


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for said in _raw(path):
        if "table" in said:
            if said["table"] not in metadata.tables:
                raise StoreFailed(f"the backup has a table that is not known: {said['table']}")
            yield said["table"], said["row"]


def _raw(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rb") as lines:
        for line in lines:
            yield json.loads(line)


def _advance(connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's
    """Let numbering go on behind the restored rows."""
    for table in metadata.sorted_tables:
        key = table.primary_key.columns
        if len(key) == 1 and table.autoincrement_column is not None:
            name = table.autoincrement_column.name
            connection.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', '{name}'), "  # noqa: S608 - our own names
                    f'GREATEST((SELECT COALESCE(MAX({name}), 1) FROM "{table.name}"), 1))'
                )
            )
