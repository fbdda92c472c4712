"""Why something is wrong, or whether anything is: the diagnosis, what changed, the runbook and the code behind it."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.agent.compose import cited, errors, note, page_lines, paragraphs, texts, unknown_names
from interlock.agent.intent import Intent
from interlock.agent.turn import Asked, Named, Read, Use
from interlock.core.clusters.objects import Node

DIAGNOSE, RUNBOOKS, CODE = "diagnose", "runbook_search", "iac_search"


def calls(asked: Asked) -> Sequence[Use]:
    """The diagnosis first; then runbook and code for what it found."""
    found = asked.read(DIAGNOSE)
    if not found:
        return [] if asked.failed(DIAGNOSE) else [_diagnosis(asked)]
    verdict = found[-1].data
    wanted = [Use.of(RUNBOOKS, query=_page_query(asked, verdict), limit=3)]
    if verdict.text("state") == "active":
        wanted.append(Use.of(CODE, query=_code_query(asked, verdict), limit=3))
    return wanted


def compose(asked: Asked) -> Sequence[str]:
    """Verdict, causes, what changed, what was ruled out, the runbook's steps, the code."""
    found = asked.read(DIAGNOSE)
    if not found:
        return [note("I do not know: the diagnosis could not be made."), *errors(asked, DIAGNOSE)]
    read = found[-1]
    return paragraphs(
        unknown_names(asked),
        _said(read, "summary"),
        _titled("Cause", _said(read, "cause", "symptom")),
        _titled("What changed", _said(read, "change", "context")),
        _titled("Ruled out", _said(read, "ruled_out")),
        _pages("Runbook", asked.read(RUNBOOKS)) if read.data.text("state") != "healthy" else [],
        _pages("Code", asked.read(CODE)),
        errors(asked, RUNBOOKS),
    )


def _diagnosis(asked: Asked) -> Use:
    if asked.alert:
        return Use(DIAGNOSE, {"alert": asked.alert})
    target = _target(asked.names.objects)
    namespace = target.namespace if target else asked.names.namespace
    return Use.of(
        DIAGNOSE, namespace=namespace, kind=target.kind if target else "", name=target.name if target else ""
    )


def _target(objects: Sequence[Named]) -> Named | None:
    return objects[0] if objects else None


def _page_query(asked: Asked, verdict: Node) -> str:
    alert = Node(asked.alert or {})
    return " ".join(
        dict.fromkeys([alert.text("name"), *verdict.names("checks"), verdict.text("summary")])
    ).strip()


def _code_query(asked: Asked, verdict: Node) -> str:
    subject = verdict.text("subject") or verdict.text("root")
    return subject or verdict.text("summary")


def _said(read: Read, *roles: str) -> list[str]:
    """The diagnosis' own claims of these roles, with the evidence each rests on."""
    claims = [claim for claim in read.data.nodes("claims") if claim.text("role") in roles]
    return [cited(f"- {claim.text('text')}", *_evidence(claim, read)) for claim in claims]


def _evidence(claim: Node, read: Read) -> list[str]:
    return texts(claim.value("evidence")) or [read.display]


def _titled(title: str, lines: list[str]) -> list[str]:
    return [f"{title}:", *lines] if lines else []


def _pages(title: str, reads: Sequence[Read]) -> list[str]:
    return _titled(title, [line for read in reads[-1:] for line in page_lines(read)])


INTENT = Intent(
    name="cause",
    offers="why a workload, a namespace or the cluster is not well",
    examples=(
        "why is someobject failing",
        "what is wrong in someobject",
        "what is wrong with someobject",
        "what is broken",
        "is anything broken in namespace someobject",
        "why is deployment someobject not ready",
        "why does someobject crash",
        "why is the pod crash looping",
        "why is someobject restarting all the time",
        "why are pods pending",
        "why is someobject down",
        "why is someobject slow",
        "what is the root cause of this incident",
        "what is the cause of the errors in someobject",
        "diagnose someobject",
        "investigate the alert for someobject",
        "triage this alert",
        "help me debug someobject",
        "someobject does not start, why",
        "what happened to someobject",
        "is someobject healthy",
        "is everything ok in someobject",
        "is everything fine with the cluster",
        "are there any problems right now",
        "someobject returns errors, what is going on",
        "users get 500 errors from someobject",
        "someobject is unavailable",
        "the rollout of someobject is stuck",
        "why can the image not be pulled",
        "why was someobject oom killed",
        "what caused the outage of someobject",
        "explain the failure of someobject",
        "what is the health of someobject",
        "someobject keeps dying",
        "find out what is wrong",
        "did someobject recover",
    ),
    calls=calls,
    compose=compose,
)
