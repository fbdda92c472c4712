"""Reads questions about infrastructure code: who owns an object, where a thing is set, who uses it, what changed it.

A question is read only where its form leaves no doubt; everything else is left to likeness. What could as well be
asked of the cluster (`what uses the configmap x`) is read only after the cluster could not answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Wanted = Literal["owner", "set", "used", "does", "runbook", "history"]

_KINDS = {
    "module": "module",
    "modules": "module",
    "component": "module",
    "chart": "module",
    "output": "output",
    "variable": "variable",
    "local": "local",
    "image": "image",
    "value": "value",
    "configmap": "configmap",
    "config map": "configmap",
    "secret": "secret",
    "serviceaccount": "serviceaccount",
    "service account": "serviceaccount",
    "file": "file",
}
_KIND = "|".join(sorted(map(re.escape, _KINDS), key=len, reverse=True))
_LIVE = frozenset({"configmap", "secret", "serviceaccount", "image"})
_NAME = r"[\"'`]?(?P<name>[A-Za-z0-9_][\w./:-]*\w|\w)[\"'`]?"
_PATH = r"[\"'`]?(?P<name>(?:[\w.-]+/)+[\w.-]+|[\w-]+\.(?:tf|hcl|tfvars|ya?ml|json|jsonnet|libsonnet|sh|md))[\"'`]?"
_OWNER = re.compile(
    r"(?:which|what) (?:infrastructure |terraform )?(?:code|module|chart|manifest|file|repository|repo)"
    r" (?:owns|manages|deploys|is behind|created|creates)"
    r" (?:the |live )*(?P<kind>[A-Za-z]+)[ /](?P<name>[\w./:-]*\w)(?: (?:in|of) (?:the )?(?:namespace )?(?P<namespace>[\w-]+))?$"
    r"|who owns (?:the )?(?P<kind2>[A-Za-z]+)[ /](?P<name2>[\w./:-]*\w)(?: in (?:the )?(?:namespace )?(?P<namespace2>[\w-]+))?"
    r" in (?:the )?(?:code|git|repository|repo)$",
    re.IGNORECASE,
)
_HISTORY = re.compile(
    rf"(?:(?:which|what) commit (?:last |recently )?(?:changed|touched|edited)|who (?:last |has )?(?:last )?(?:changed|touched|edited)"
    rf"|when (?:was|did)(?: somebody)?) (?:the file )?{_PATH}",
    re.IGNORECASE,
)
_RUNBOOK = re.compile(
    r"(?:which|what) runbook (?:does|is|belongs).*?\balert (?P<name>\w+)|(?:which|what) runbook does (?P<name2>[A-Z]\w+) (?:name|link|point)",
    re.IGNORECASE,
)
_DOES = re.compile(
    rf"what does (?:the )?(?:terraform |helm )?(?:module|component|chart) {_NAME}(?P<where> .*?)? do$",
    re.IGNORECASE,
)
_USED = re.compile(
    rf"(?:who|what|which (?:\w+ )??\w+) (?:uses?|calls?|includes?|references?|reads?|needs?) (?:the )?"
    rf"(?:terraform |helm )?(?:(?P<kind>{_KIND}) )?{_NAME}(?P<where> .*)?$",
    re.IGNORECASE,
)
_USED_WHERE = re.compile(
    rf"where is (?:the )?(?P<kind>{_KIND}) {_NAME}(?P<of> .*?)? used(?P<where> .*)?$", re.IGNORECASE
)
_SET = re.compile(
    r"where (?:is|are|do we|does) (?:the )?(?P<name>.+?) (?:set|defined|configured|declared|specified)(?P<where> .*)?$"
    r"|where is (?:the )?(?P<default>default (?:value )?(?:of|for) .+)$",
    re.IGNORECASE,
)
_VARIABLE = re.compile(
    r"(?:the )?variable [\"'`]?(?P<name>[\w-]+)[\"'`]?(?: (?P<of>(?:of|in|for) .+))?$", re.IGNORECASE
)
_NO_CLUSTER = "no cluster is configured"


@dataclass(frozen=True)
class CodeQuestion:
    """What is asked of the code. `live` says that a cluster could be meant as well."""

    wanted: Wanted
    name: str
    kind: str = ""
    where: str = ""
    namespace: str = ""
    live: bool = False


def code_question(text: str) -> CodeQuestion | None:
    """The question about code in these words; None when they are not surely one."""
    words = " ".join(text.split()).rstrip("?!. ")
    words = re.split(r",\s+(?:and )?(?:when|who|by whom)\b|,?\s+and (?:when|by whom|who)\b", words)[0]
    return _owner(words) or _history(words) or _runbook(words) or _does(words) or _used(words) or _set(words)


def _owner(words: str) -> CodeQuestion | None:
    match = _OWNER.match(words)
    if not match:
        return None
    kind, name = match["kind"] or match["kind2"], match["name"] or match["name2"]
    namespace, slash, bare = name.partition("/")
    said = match["namespace"] or match["namespace2"] or ""
    return CodeQuestion("owner", bare if slash else name, kind, namespace=namespace if slash else said)


def _history(words: str) -> CodeQuestion | None:
    match = _HISTORY.match(words)
    return CodeQuestion("history", match["name"]) if match else None


def _runbook(words: str) -> CodeQuestion | None:
    match = _RUNBOOK.match(words)
    return CodeQuestion("runbook", match["name"] or match["name2"], "alert") if match else None


def _does(words: str) -> CodeQuestion | None:
    match = _DOES.match(words)
    return CodeQuestion("does", match["name"], "module", (match["where"] or "").strip()) if match else None


def _used(words: str) -> CodeQuestion | None:
    match = _USED_WHERE.match(words) or _USED.match(words)
    if not match:
        return None
    kind = _KINDS.get((match["kind"] or "").lower(), "")
    name = match["name"]
    if not kind and not re.search(r"[/.]", name):
        return None
    kind = kind or ("file" if re.search(r"\.\w{1,9}$", name) else "module")
    held = match.groupdict()
    where = " ".join(part.strip() for part in (held.get("of"), held.get("where")) if part)
    return CodeQuestion("used", name, kind, where, live=kind in _LIVE)


def _set(words: str) -> CodeQuestion | None:
    match = _SET.match(words)
    if not match:
        return None
    name, where = match["name"] or match["default"], (match["where"] or "").strip()
    if variable := _VARIABLE.match(name):
        return CodeQuestion("set", variable["name"], "variable", f"{variable['of'] or ''} {where}".strip())
    return CodeQuestion("set", name, where=where)


def clusterless(errors: list[str]) -> bool:
    """Whether a call failed because there is no cluster to ask."""
    return any(_NO_CLUSTER in error for error in errors)
