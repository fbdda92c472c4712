"""Access reviews: POSTs that only ask. On a replay everyone may read and nobody may write."""

from __future__ import annotations

import json
from typing import Any

from interlock.core.replay.statuses import Response, as_json, bad_request
from interlock.core.replay.wire import MAGIC, review_spec

Json = dict[str, Any]
GROUP = "authorization.k8s.io"
READS = ("get", "list", "watch")
_KINDS = {
    "selfsubjectaccessreviews": "SelfSubjectAccessReview",
    "subjectaccessreviews": "SubjectAccessReview",
    "localsubjectaccessreviews": "LocalSubjectAccessReview",
    "selfsubjectrulesreviews": "SelfSubjectRulesReview",
}
_REASON = "a replay is read-only: get, list and watch"


def is_review(group: str, plural: str) -> bool:
    """Whether a POST to this resource is a question."""
    return group == GROUP and plural in _KINDS


def answer_review(plural: str, version: str, body: bytes) -> Response:
    """The review with its status filled in.

    Raises:
        Failure: 400 for a body that is not such a review.
    """
    try:
        rules = plural == "selfsubjectrulesreviews"
        spec = review_spec(body, rules=rules) if body.startswith(MAGIC) else json.loads(body)["spec"]
        status = _rules() if rules else _verdict(spec)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise bad_request(f"the body is not a {_KINDS[plural]}: {error!r}") from None
    head = {
        "kind": _KINDS[plural],
        "apiVersion": f"{GROUP}/{version}",
        "metadata": {"creationTimestamp": None},
    }
    return as_json({**head, "spec": spec, "status": status}, 201)


def _verdict(spec: Json) -> Json:
    asked = spec.get("resourceAttributes") or spec.get("nonResourceAttributes") or {}
    subresource = asked.get("subresource") or ""
    reads = asked.get("verb") in READS and subresource in {"", "log", "status", "scale"}
    return {"allowed": reads, "reason": _REASON}


def _rules() -> Json:
    anything = {"verbs": list(READS), "apiGroups": ["*"], "resources": ["*"]}
    paths = {"verbs": ["get"], "nonResourceURLs": ["*"]}
    return {"resourceRules": [anything], "nonResourceRules": [paths], "incomplete": False}
