"""The record in the words of other systems: JSON lines, OCSF API Activity, CEF.

OCSF 1.3 class 6003 (API Activity, https://schema.ocsf.io/1.3.0/classes/api_activity), and the Common Event Format
(ArcSight CEF, revision 25). Pure; what a record says is carried whole in each.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Literal

from pydantic import JsonValue

from interlock import __version__
from interlock.core.audit.chain import Record

Format = Literal["jsonl", "ocsf", "cef"]
_OCSF = "1.3.0"
_READ, _CREATE, _UPDATE, _OTHER = 2, 1, 3, 99
_SEVERE = {"unreadable": 5, "refused": 3, "failed": 3, "denied": 3, "broken": 5, "halt": 5, "execution": 4}


def rendered(record: Record, form: Format) -> str:
    """One record as one line."""
    if form == "cef":
        return cef(record)
    said = ocsf(record) if form == "ocsf" else plain(record)
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def plain(record: Record) -> dict[str, JsonValue]:
    """The record's own fields."""
    return {
        "seq": record.seq,
        "at": record.at,
        "kind": record.kind,
        "body": record.body,
        "previous": record.previous,
        "hash": record.hash,
    }


def ocsf(record: Record) -> dict[str, JsonValue]:
    """The record as an OCSF API Activity event."""
    activity = _activity(record.kind)
    failed = _failed(record)
    return {
        "activity_id": activity,
        "category_uid": 6,
        "class_uid": 6003,
        "type_uid": 600300 + activity,
        "time": _milliseconds(record),
        "severity_id": 3 if failed else 1,
        "status_id": 2 if failed else 1,
        "metadata": {
            "version": _OCSF,
            "uid": record.hash,
            "sequence": record.seq,
            "log_name": "audit",
            "product": {"name": "Interlock", "vendor_name": "Interlock", "version": __version__},
        },
        "actor": {"user": {"uid": str(record.body.get("principal", "")), "type_id": 0}},
        "src_endpoint": {"name": "interlock"},
        "api": {
            "operation": record.kind,
            "service": {"name": str(record.body.get("tool", "interlock"))},
            "request": {"uid": str(record.body.get("conversation", ""))},
        },
        "unmapped": {"body": record.body, "previous": record.previous, "hash": record.hash},
    }


def cef(record: Record) -> str:
    """The record as a CEF line."""
    severity = next((n for word, n in _SEVERE.items() if word in record.kind), 1)
    head = "|".join(
        (
            "CEF:0",
            "Interlock",
            "Interlock",
            __version__,
            _head(record.kind),
            _head(record.kind),
            str(severity),
        )
    )
    fields = {
        "rt": str(_milliseconds(record)),
        "suid": str(record.body.get("principal", "")),
        "act": record.kind,
        "externalId": str(record.seq),
        "cs1Label": "hash",
        "cs1": record.hash,
        "cs2Label": "body",
        "cs2": json.dumps(record.body, sort_keys=True, separators=(",", ":"), ensure_ascii=False),
    }
    return head + "|" + " ".join(f"{name}={_extension(value)}" for name, value in fields.items() if value)


def _milliseconds(record: Record) -> int:
    try:
        return int(datetime.fromisoformat(record.at).timestamp() * 1000)
    except ValueError:  # somebody edited it; the record still has to arrive
        return 0


def _activity(kind: str) -> int:
    if kind.startswith(("tool.", "question", "model.", "answer", "read")):
        return _READ
    if kind.startswith(("request", "proposal")):
        return _CREATE
    return _UPDATE if kind.startswith(("decision", "execution")) else _OTHER


def _failed(record: Record) -> bool:
    return "error" in record.body or record.kind.endswith((".failed", ".refused"))


def _head(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")


def _extension(text: str) -> str:
    return text.replace("\\", "\\\\").replace("=", "\\=").replace("\r", "").replace("\n", "\\n")
