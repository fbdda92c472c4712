"""Lists: selected, cut into pages with a continue token, as the server does it."""

from __future__ import annotations

import base64
import binascii
import bisect
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from interlock.core.replay.fields import matches_fields, parse_fields
from interlock.core.replay.kinds import Kind
from interlock.core.replay.labels import matches_labels, parse_labels
from interlock.core.replay.objects import Objects
from interlock.core.replay.statuses import bad_request

Json = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """Selected objects, and where the next page starts (None: there is none)."""

    items: list[Json]
    metadata: Json


def select_page(objects: Objects, kind: Kind, namespace: str | None, query: Mapping[str, str]) -> Page:
    """One page of the objects that the query selects.

    Raises:
        Failure: 400 for selectors, limits and tokens that the server would refuse.
    """
    labels = parse_labels(query.get("labelSelector", ""))
    fields = parse_fields(query.get("fieldSelector", ""), kind)
    limit = whole_number(query.get("limit", "")) or 0
    start = _start(objects, namespace, query.get("continue", ""))
    found: list[Json] = []
    metadata: Json = {"resourceVersion": str(objects.resource_version)}
    for place in range(start, len(objects.keys)):
        item = objects.items[place]
        if not matches_labels(labels, item["metadata"].get("labels")) or not matches_fields(fields, item):
            continue
        if 0 < limit <= len(found):
            metadata["continue"] = _token(objects, _relative(objects.keys[place - 1], namespace))
            metadata |= {} if labels or fields else {"remainingItemCount": len(objects.keys) - place}
            break
        found.append(item)
    return Page(found, metadata)


def whole_number(text: str) -> int | None:
    """The integer of a query parameter, None when it is not given.

    Raises:
        Failure: 400 in the words of the server.
    """
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax') from None


def is_true(query: Mapping[str, str], key: str) -> bool:
    """A boolean parameter: given, and neither `false` nor `0`."""
    return key in query and query[key].lower() not in {"false", "0"}


def _relative(key: str, namespace: str | None) -> str:
    return key.removeprefix(f"{namespace}/") if namespace else key


def _token(objects: Objects, last: str) -> str:
    value = {"v": "meta.k8s.io/v1", "rv": objects.resource_version, "start": last + "\0"}
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode().rstrip("=")


def _start(objects: Objects, namespace: str | None, token: str) -> int:
    if not token:
        return 0
    try:
        padded = token + "=" * (-len(token) % 4)
        value = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        start = str(value["start"])
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise bad_request(f"invalid continue token: continue key is not valid: {error}") from None
    return bisect.bisect_left(objects.keys, f"{namespace}/{start}" if namespace else start)
