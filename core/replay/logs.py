"""`GET pods/NAME/log`: checks the request as the API server and the kubelet would, then serves what was recorded.

Absent is not empty: a container that has run but whose log was not recorded answers 404, with that as the cause.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from interlock.core.clock import parse_time
from interlock.core.errors import BadInput
from interlock.core.replay.kinds import BUILT_IN
from interlock.core.replay.lists import is_true, whole_number
from interlock.core.replay.logfiles import LogFile, Wanted, find_log, read_log
from interlock.core.replay.printers.cells import at, items, number, text
from interlock.core.replay.statuses import Failure, Response, bad_request, not_recorded

Json = dict[str, Any]
PODS = BUILT_IN["", "pods"]
_LISTS = ("containers", "initContainers", "ephemeralContainers")
_STATUSES = ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses")


def check_options(name: str, query: Mapping[str, str], now: datetime) -> Wanted:
    """What the query asks for.

    Raises:
        Failure: 400 or 422, as the server would answer, whether the pod exists or not.
    """
    numbers = {key: whole_number(query.get(key, "")) for key in ("tailLines", "sinceSeconds", "limitBytes")}
    since_time = _since_time(query.get("sinceTime", ""))
    tail, seconds, limit = numbers.values()
    if tail is not None and tail < 0:
        raise _invalid(name, "tailLines", f"Invalid value: {tail}: must be greater than or equal to 0")
    if limit is not None and limit < 1:
        raise _invalid(name, "limitBytes", f"Invalid value: {limit}: must be greater than 0")
    if seconds is not None and since_time is not None:
        raise _invalid(name, "[]", "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified")
    if seconds is not None and seconds < 1:
        raise _invalid(name, "sinceSeconds", f"Invalid value: {seconds}: must be greater than 0")
    since = now - timedelta(seconds=seconds) if seconds is not None else since_time
    return Wanted(tail, since, limit, is_true(query, "timestamps"))


def pod_log(
    folder: Path, pod: Json, query: Mapping[str, str], wanted: Wanted, refusals: Mapping[str, str]
) -> Response:
    """The log of one container of a recorded pod; `refusals` is what the server said of logs that it had not.

    Raises:
        Failure: no or a wrong container, nothing to show yet, or not recorded.
    """
    name, namespace = text(pod, "metadata", "name"), text(pod, "metadata", "namespace")
    container = _container(pod, query.get("container", ""))
    previous = is_true(query, "previous")
    try:
        only = len([c for key in _LISTS for c in items(pod, "spec", key)]) <= 1
        log = find_log(folder, namespace, name, container, previous=previous, only=only)
    except BadInput as refused:
        raise not_recorded(refused.message, PODS, name) from refused
    if log is None:
        file = f"{namespace}/{name}/{container}{'.previous' if previous else ''}.log"
        if file in refusals:
            raise bad_request(refusals[file])
        return _without_log(pod, container, previous=previous)
    return _stream(log, wanted)


def _stream(log: LogFile, wanted: Wanted) -> Response:
    return Response(200, b"", "text/plain", stream=read_log(log, wanted))


def _since_time(value: str) -> datetime | None:
    if not value:
        return None
    try:
        return parse_time(value)
    except ValueError:
        layout = "2006-01-02T15:04:05Z07:00"
        raise bad_request(f'parsing time "{value}" as "{layout}": cannot parse "{value}" as "2006"') from None


def _invalid(name: str, field: str, message: str) -> Failure:
    reason = "FieldValueForbidden" if message.startswith("Forbidden") else "FieldValueInvalid"
    causes = [{"reason": reason, "message": message, "field": field}]
    details = {"name": name, "kind": "PodLogOptions", "causes": causes}
    return Failure(422, f'PodLogOptions "{name}" is invalid: {field}: {message}', details)


def _container(pod: Json, asked: str) -> str:
    """The container to read: the one asked for, or the only one."""
    name = text(pod, "metadata", "name")
    names = {key: [text(c, "name") for c in items(pod, "spec", key)] for key in _LISTS}
    if asked:
        if not any(asked in group for group in names.values()):
            raise bad_request(f"container {asked} is not valid for pod {name}")
        return asked
    if len(names["containers"]) == 1:
        return names["containers"][0]
    message = (
        f"a container name must be specified for pod {name}, choose one of: [{' '.join(names['containers'])}]"
    )
    for key, word in (("initContainers", "init"), ("ephemeralContainers", "ephemeral")):
        message += f" or one of the {word} containers: [{' '.join(names[key])}]" if names[key] else ""
    raise bad_request(message)


def _without_log(pod: Json, container: str, *, previous: bool) -> Response:
    """The answer where there is no file: what is certain from the pod's status, else that it was not recorded."""
    name = text(pod, "metadata", "name")
    if not text(pod, "spec", "nodeName"):
        return Response(200, b"", "text/plain")  # never on a node: there cannot be a log
    status = next(
        (s for key in _STATUSES for s in items(pod, "status", key) if at(s, "name") == container), None
    )
    ran_before = at(status, "lastState", "terminated") is not None or number(status, "restartCount") > 0
    if previous and status is not None and not ran_before:
        raise bad_request(f'previous terminated container "{container}" in pod "{name}" not found')
    waits = text(status, "state", "waiting", "reason")
    if not previous and waits and not ran_before:
        raise bad_request(f'container "{container}" in pod "{name}" is waiting to start: {waits}')
    which = "previous logs" if previous else "logs"
    raise not_recorded(f'{which} of container "{container}" in pod "{name}" were not recorded', PODS, name)
