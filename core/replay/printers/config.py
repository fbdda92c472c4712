"""Configuration, identities, limits and autoscaling."""

from __future__ import annotations

import json
from datetime import datetime

from interlock.core.replay.printers.cells import (
    NONE,
    UNKNOWN,
    UNSET,
    Cell,
    Json,
    Printer,
    age,
    at,
    columns,
    items,
    name,
    number,
    table,
    text,
)

# autoscaling/v1 keeps the metrics that it has no field for in annotations.
ALPHA_METRICS = "autoscaling.alpha.kubernetes.io/metrics"
ALPHA_CURRENT = "autoscaling.alpha.kubernetes.io/current-metrics"


def _config_map(c: Json, now: datetime) -> list[Cell]:
    return [name(c), len(table(c, "data")) + len(table(c, "binaryData")), age(c, now)]


def _secret(s: Json, now: datetime) -> list[Cell]:
    return [name(s), text(s, "type"), len(table(s, "data")), age(s, now)]


def _service_account(s: Json, now: datetime) -> list[Cell]:
    return [name(s), len(items(s, "secrets")), age(s, now)]


def _quota(q: Json, now: datetime) -> list[Cell]:
    used = table(q, "status", "used")
    entries = [
        (r, f"{r}: {used.get(r, '0')}/{hard}") for r, hard in sorted(table(q, "status", "hard").items())
    ]
    limits = ", ".join(entry for r, entry in entries if r.startswith("limits"))
    return [name(q), age(q, now), ", ".join(e for r, e in entries if not r.startswith("limits")), limits]


def _budget(b: Json, now: datetime) -> list[Cell]:
    bounds = [at(b, "spec", key) for key in ("minAvailable", "maxUnavailable")]
    shown: list[Cell] = ["N/A" if bound is None else str(bound) for bound in bounds]
    return [name(b), *shown, number(b, "status", "disruptionsAllowed"), age(b, now)]


def _autoscaler(h: Json, now: datetime) -> list[Cell]:
    target = f"{text(h, 'spec', 'scaleTargetRef', 'kind')}/{text(h, 'spec', 'scaleTargetRef', 'name')}"
    least = at(h, "spec", "minReplicas")
    shown: list[Cell] = [name(h), target, _metrics(h), UNSET if least is None else str(least)]
    return [*shown, number(h, "spec", "maxReplicas"), number(h, "status", "currentReplicas"), age(h, now)]


def _metrics(h: Json) -> str:
    specs, current = items(h, "spec", "metrics"), items(h, "status", "currentMetrics")
    if "metrics" not in table(h, "spec"):
        specs, current = _version_one(h)
    shown = [_metric(spec, current[i] if i < len(current) else {}) for i, spec in enumerate(specs)]
    if not shown:
        return NONE
    return f"{', '.join(shown[:2])} + {len(shown) - 2} more..." if len(shown) > 2 else ", ".join(shown)


def _version_one(h: Json) -> tuple[list[Json], list[Json]]:
    """The metrics of autoscaling/v1: other metrics from the annotations, then the target for CPU."""
    specs, current = _annotated(h, ALPHA_METRICS), _annotated(h, ALPHA_CURRENT)
    target = at(h, "spec", "targetCPUUtilizationPercentage")
    if target is None:
        return specs, current
    usage = at(h, "status", "currentCPUUtilizationPercentage")
    cpu = {"type": "Resource", "resource": {"name": "cpu", "target": {"averageUtilization": target}}}
    now: Json = {} if usage is None else {"resource": {"current": {"averageUtilization": usage}}}
    return [*specs, cpu], [*current, now]


def _annotated(h: Json, key: str) -> list[Json]:
    try:
        found = json.loads(text(h, "metadata", "annotations", key) or "[]")
    except ValueError:
        return []
    return found if isinstance(found, list) else []


def _metric(spec: Json, current: Json) -> str:
    kind = text(spec, "type")
    field = kind[:1].lower() + kind[1:]
    wanted, have = table(spec, field, "target"), table(current, field, "current")
    match kind:
        case "Resource" | "ContainerResource" if "averageValue" not in wanted:
            usage, target = at(have, "averageUtilization"), at(wanted, "averageUtilization")
            left = UNKNOWN if usage is None else f"{usage}%"
            return f"{left}/{'<auto>' if target is None else f'{target}%'}"
        case "Resource" | "ContainerResource" | "Pods":
            return _ratio(have, wanted, "averageValue")
        case "External" | "Object" if "averageValue" in wanted:
            return _ratio(have, wanted, "averageValue") + " (avg)"
        case "External" | "Object":
            return _ratio(have, wanted, "value")
    return "<unknown type>"


def _ratio(have: Json, wanted: Json, key: str) -> str:
    return f"{text(have, key) or UNKNOWN}/{text(wanted, key)}"


def _request(c: Json, now: datetime) -> list[Cell]:
    asked = [text(c, "spec", "signerName") or NONE, text(c, "spec", "username")]
    return [name(c), age(c, now), *asked, _request_state(c)]


def _request_state(c: Json) -> str:
    have = {text(condition, "type") for condition in items(c, "status", "conditions")}
    word = "Denied" if "Denied" in have else "Approved" if "Approved" in have else "Pending"
    word += ",Failed" if "Failed" in have else ""
    return word + (",Issued" if text(c, "status", "certificate") else "")


_SCALER = "Reference|Targets|MinPods|MaxPods|Replicas|Age"
PRINTERS = {
    ("", "configmaps"): Printer(columns("Data|Age"), _config_map),
    ("", "secrets"): Printer(columns("Type|Data|Age"), _secret),
    ("", "serviceaccounts"): Printer(columns("Secrets|Age"), _service_account),
    ("", "resourcequotas"): Printer(columns("Age|Request|Limit"), _quota),
    ("policy", "poddisruptionbudgets"): Printer(
        columns("Min Available|Max Unavailable|Allowed Disruptions:integer|Age"), _budget
    ),
    ("autoscaling", "horizontalpodautoscalers"): Printer(columns(_SCALER), _autoscaler),
    ("certificates.k8s.io", "certificatesigningrequests"): Printer(
        columns("Age|SignerName|Requestor|Condition"), _request
    ),
}
