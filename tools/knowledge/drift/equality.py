"""When two values of a Kubernetes field mean the same.

Sources: the API reference's types (Quantity, IntOrString) and defaults; what the server writes by itself. A value that is
not known to mean the same differs.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from pydantic import JsonValue

_QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|(m|u|n|k|Ki|Mi|Gi|Ti|Pi|Ei|M|G|T|P|E)?)")
_SUFFIX = {
    "": Decimal(1),
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "k": Decimal(1000),
    "M": Decimal(1000) ** 2,
    "G": Decimal(1000) ** 3,
    "T": Decimal(1000) ** 4,
    "P": Decimal(1000) ** 5,
    "E": Decimal(1000) ** 6,
    "Ki": Decimal(1024),
    "Mi": Decimal(1024) ** 2,
    "Gi": Decimal(1024) ** 3,
    "Ti": Decimal(1024) ** 4,
    "Pi": Decimal(1024) ** 5,
    "Ei": Decimal(1024) ** 6,
}


def words(text: str) -> frozenset[str]:
    """The words of a line."""
    return frozenset(text.split())


_QUANTITIES_UNDER = words(
    "limits requests hard capacity allocatable overhead podFixed min max default defaultRequest "
    "maxLimitRequestRatio"
)
_QUANTITIES = words("sizeLimit averageValue divisor storage targetAverageValue")
DEFAULTS: dict[str, JsonValue] = {
    "protocol": "TCP",
    "imagePullPolicy": "IfNotPresent",
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
    "dnsPolicy": "ClusterFirst",
    "restartPolicy": "Always",
    "schedulerName": "default-scheduler",
    "sessionAffinity": "None",
    "scheme": "HTTP",
}
"""What the server assumes where nothing is set, for servers and recordings that do not write it."""
NOT_ZERO = words(
    "allowPrivilegeEscalation automountServiceAccountToken enableServiceLinks replicas runAsUser runAsGroup fsGroup "
    "terminationGracePeriodSeconds revisionHistoryLimit backoffLimit minAvailable maxUnavailable maxSurge "
    "defaultMode tolerationSeconds emptyDir parallelism completions successfulJobsHistoryLimit "
    "failedJobsHistoryLimit"
)
"""Fields in which nothing set is something else than zero, false or empty."""


def same(code: JsonValue, live: JsonValue, keys: tuple[str, ...]) -> bool:
    """Whether two scalars at a path of keys mean the same."""
    if code == live and isinstance(code, bool) == isinstance(live, bool):
        return True
    if isinstance(code, bool) or isinstance(live, bool):
        return _bare(code) == _bare(live)
    if is_quantity(keys):
        one, other = quantity(code), quantity(live)
        return one is not None and one == other
    return _bare(code) == _bare(live)


def unset_means(code: JsonValue, key: str) -> bool:
    """Whether a field the code sets to `code` may be absent in the cluster and mean the same."""
    if code is None or DEFAULTS.get(key) == code:
        return True
    return code in (False, 0, "", [], {}) and key not in NOT_ZERO


def is_quantity(keys: tuple[str, ...]) -> bool:
    """Whether the field at this path holds a Quantity."""
    return bool(keys) and (keys[-1] in _QUANTITIES or any(key in _QUANTITIES_UNDER for key in keys[-2:-1]))


def quantity(value: JsonValue) -> Decimal | None:
    """`1000m` is 1, `1Gi` is 1073741824; None for what is no quantity."""
    match = _QUANTITY.fullmatch(str(value).strip()) if isinstance(value, str | int | float) else None
    if match is None or isinstance(value, bool):
        return None
    try:
        return Decimal(match[1] + (match[2] or "")) * _SUFFIX[match[3] or ""]
    except InvalidOperation:
        return None


def _bare(value: JsonValue) -> str:
    """A scalar as text: an IntOrString is the same as a number and as its digits."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, str | int | float) else repr(value)
