"""What woke somebody: the Alertmanager v4 webhook, or one Prometheus alert object, as an `Alert`.

Its text comes from outside: everything here is data to match and to redact, never an instruction.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeGuard

from pydantic import JsonValue

from interlock.core.clock import parse_time
from interlock.core.errors import BadInput

AlertStatus = Literal["firing", "resolved"]
_MOST_ALERTS = 1000
_HINT = "give the JSON that Alertmanager posts to a webhook (version 4), or one alert with labels"
_NAME, _SUMMARY, _DESCRIPTION = "alertname", "summary", "description"


@dataclass(frozen=True)
class Alert:
    """One alert, or several of one group; the fields are the group's, `members` are its alerts."""

    name: str
    status: AlertStatus
    summary: str = ""
    description: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    fingerprint: str = ""
    members: tuple[Alert, ...] = ()


def parse_alert(text: str | bytes) -> Alert:
    """The alert in a webhook body or alert file.

    Raises:
        BadInput: when it is not JSON, or neither of the two forms.
    """
    try:
        loaded = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"the alert is not JSON: {error}", hint=_HINT) from None
    return alert_from(loaded)


def alert_from(document: JsonValue) -> Alert:
    """The alert in a parsed document.

    Raises:
        BadInput: when it is neither an Alertmanager webhook nor an alert.
    """
    if isinstance(document, dict) and "alerts" in document:
        return _group(document)
    if isinstance(document, dict) and isinstance(document.get("labels"), dict):
        return _single(document, "the alert")
    raise BadInput("this is neither an Alertmanager webhook nor an alert", hint=_HINT)


def _group(document: Mapping[str, JsonValue]) -> Alert:
    listed = document["alerts"]
    if not isinstance(listed, list) or not listed:
        raise BadInput("the webhook holds no alerts", hint=_HINT)
    if len(listed) > _MOST_ALERTS:
        raise BadInput(f"the webhook holds {len(listed)} alerts; at most {_MOST_ALERTS} are read")
    members = tuple(_member(item, f"alerts[{index}]") for index, item in enumerate(listed))
    firing = [member for member in members if member.status == "firing"]
    lead = firing[0] if firing else members[0]
    labels = _strings(document, "commonLabels") or _shared([m.labels for m in members])
    annotations = _strings(document, "commonAnnotations") or _shared([m.annotations for m in members])
    return Alert(
        name=labels.get(_NAME) or lead.name,
        status="firing" if firing else "resolved",
        summary=annotations.get(_SUMMARY) or lead.summary,
        description=annotations.get(_DESCRIPTION) or lead.description,
        starts_at=min((m.starts_at for m in firing or members if m.starts_at), default=None),
        ends_at=None if firing else max((m.ends_at for m in members if m.ends_at), default=None),
        labels=labels,
        annotations=annotations,
        fingerprint=lead.fingerprint,
        members=members,
    )


def _member(item: JsonValue, where: str) -> Alert:
    if not isinstance(item, dict):
        raise BadInput(f"{where} of the webhook is not an alert", hint=_HINT)
    return _single(item, where)


def _single(item: Mapping[str, JsonValue], where: str) -> Alert:
    labels, annotations = _strings(item, "labels"), _strings(item, "annotations")
    if not labels.get(_NAME):
        raise BadInput(f"{where} has no label {_NAME}", hint=_HINT)
    ends_at = _time(item, "endsAt", where)
    return Alert(
        name=labels[_NAME],
        status=_status(item, where),
        summary=annotations.get(_SUMMARY, ""),
        description=annotations.get(_DESCRIPTION, ""),
        starts_at=_time(item, "startsAt", where) or _time(item, "activeAt", where),
        # Alertmanager writes the year 1 for "not ended".
        ends_at=ends_at if ends_at and ends_at.year > 1 else None,
        labels=labels,
        annotations=annotations,
        fingerprint=_text(item, "fingerprint"),
    )


def _status(item: Mapping[str, JsonValue], where: str) -> AlertStatus:
    said = item.get("status", item.get("state", "firing"))
    # The Alertmanager API writes {"state": "active"}, Prometheus "pending" or "firing".
    said = said.get("state", "firing") if isinstance(said, dict) else said
    if said in ("firing", "active", "pending", "suppressed", "unprocessed"):
        return "firing"
    if said in ("resolved", "inactive"):
        return "resolved"
    raise BadInput(f"{where} has an unknown status {said!r}", hint="it is 'firing' or 'resolved'")


def _time(item: Mapping[str, JsonValue], key: str, where: str) -> datetime | None:
    said = _text(item, key)
    try:
        return parse_time(said) if said else None
    except (ValueError, OverflowError):
        raise BadInput(f"{where}: {key} {said!r} is not a timestamp") from None


def _text(item: Mapping[str, JsonValue], key: str) -> str:
    said = item.get(key)
    return said if isinstance(said, str) else ""


def _strings(item: Mapping[str, JsonValue], key: str) -> dict[str, str]:
    held = item.get(key)
    if not _is_mapping(held):
        return {}
    return {name: value for name, value in held.items() if isinstance(value, str)}


def _is_mapping(value: JsonValue) -> TypeGuard[dict[str, JsonValue]]:
    return isinstance(value, dict)


def _shared(each: list[dict[str, str]]) -> dict[str, str]:
    return {k: v for k, v in each[0].items() if all(other.get(k) == v for other in each)}
