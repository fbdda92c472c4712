"""Why something is wrong, or whether anything is: the diagnosis, what changed, the runbook and the code behind it."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.agent.compose import (
    changed,
    cited,
    code_lines,
    errors,
    note,
    paragraphs,
    runbook_lines,
    unknown_names,
    whole_pages,
)
from interlock.agent.intent import Intent
from interlock.agent.turn import Asked, Read, Use
from interlock.core.clusters.objects import Node

DIAGNOSE, RUNBOOKS, CODE, HISTORY = "diagnose", "runbook_search", "iac_search", "rollout_history"
WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")
MOST_HISTORIES = 3
MOST_RULED_OUT = 8
UNSURE = "I do not know the cause. What was found follows."
TITLES = {"active": "What is wrong", "recovered": "What happened", "healthy": "What was found"}


def calls(asked: Asked) -> Sequence[Use]:
    """The diagnosis first; then what changed, the runbook and the code for what it found."""
    found = asked.read(DIAGNOSE)
    if not found:
        return [] if asked.failed(DIAGNOSE) else [_diagnosis(asked)]
    data = found[-1].data
    if data.text("verdict", "state") != "active":
        return []
    pages, code = data.text("suggested", "runbook_query"), data.text("suggested", "iac_query")
    return [
        *_histories(data),
        *([Use.of(RUNBOOKS, query=pages, limit=3)] if pages else []),
        *([Use.of(CODE, query=code, limit=3)] if code else []),
        *whole_pages(asked, RUNBOOKS),
    ]


def compose(asked: Asked) -> Sequence[str]:
    """Causes, symptoms, since when, what changed, what was ruled out, the runbook's steps, the code."""
    found = asked.read(DIAGNOSE)
    if not found:
        return [note("I do not know: the diagnosis could not be made."), *errors(asked, DIAGNOSE)]
    read = found[-1]
    state = read.data.text("verdict", "state")
    return paragraphs(
        unknown_names(asked),
        [note(UNSURE)] if state == "unknown" else [],
        _titled(TITLES.get(state, "What was found"), _said(read, "cause")),
        _titled("Symptoms", _said(read, "symptom")),
        _titled("State now", _said(read, "context")),
        _titled("Timeline", _timeline(read)),
        _titled("What changed", changed(asked.read(HISTORY))),
        _titled("Ruled out", _said(read, "ruled_out")[:MOST_RULED_OUT]),
        _titled("Runbook", runbook_lines(asked)),
        _titled("Code", [line for read in asked.read(CODE) for line in code_lines(read)]),
        errors(asked, RUNBOOKS, CODE),
    )


def _diagnosis(asked: Asked) -> Use:
    if asked.alert:
        return Use(DIAGNOSE, {"alert": asked.alert})
    target = next(iter(asked.names.objects), None)
    if target is None:
        return Use.of(DIAGNOSE, namespace=asked.names.namespace)
    return Use.of(DIAGNOSE, namespace=target.namespace, kind=target.kind.lower(), name=target.name)


def _histories(data: Node) -> list[Use]:
    """The rollouts of the workloads that are part of the trouble."""
    subjects = [finding.text("workload").partition(" ") for finding in data.nodes("findings")]
    wanted = [
        Use.of(HISTORY, kind=kind.lower(), namespace=place.partition("/")[0], name=place.partition("/")[2])
        for kind, _, place in dict.fromkeys(subjects)
        if kind in WORKLOADS and "/" in place
    ]
    return wanted[:MOST_HISTORIES]


def _said(read: Read, *roles: str) -> list[str]:
    """The diagnosis' own claims of these roles, with the evidence each rests on."""
    claims = [claim for claim in read.data.nodes("claims") if claim.text("role") in roles]
    return [f"- {cited(_sentence(claim), *read.cites(claim))}" for claim in claims]


def _timeline(read: Read) -> list[str]:
    moments = read.data.nodes("verdict", "timeline")
    said = [(f"{moment.text('at')} {_sentence(moment)}", read.cites(moment)) for moment in moments]
    return [f"- {cited(text, *names, read.display)}" for text, names in said]


def _sentence(claim: Node) -> str:
    return claim.text("text").rstrip(".")


def _titled(title: str, lines: list[str]) -> list[str]:
    return [f"{title}:", *lines] if lines else []


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
        "why did it fail",
        "find the reason for the crash",
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
    wordings=(
        "is prod doing alright",
        "how is prod doing",
        "how healthy is prod",
        "how is the cluster doing overall",
        "is the cluster in good shape",
        "health check of someobject",
        "check whether someobject is fine",
        "is someobject ok",
        "is someobject up and well",
        "any trouble in someobject",
        "any issues with someobject",
        "what is on fire",
        "something is off, dig into it",
        "something seems wrong with someobject",
        "someobject is acting up",
        "someobject seems sick, have a look",
        "i got paged for someobject",
        "we got an alert about someobject, what is up",
        "someobject is flapping, what is the story",
        "someobject keeps falling over",
        "someobject broke, root cause please",
        "someobject never came up after the deploy",
        "investigate why someobject does not come up",
        "why is someobject not getting scheduled",
        "what is holding up someobject",
        "one of the pods of someobject does not get ready, why",
        "someobject had memory trouble, what happened",
        "customers complain about someobject",
        "people say someobject is slow, is it ok",
        "look into someobject please",
        "can you figure out what is going on with someobject",
        "what is the problem with someobject",
        "what do you make of someobject",
        "someobject is degraded",
        "is there an incident in prod",
        "someobject times out",
        "why can nobody reach someobject",
        "what is making someobject crash",
        "someobject went down last night, what happened",
        "what is the state of the cluster",
        "is everything green",
        "does anything need my attention",
        "anything broken that i should know about",
        "someobject returns 503, please have a look",
        "latency of someobject is through the roof, what is going on",
        "someobject: sick or fine",
        "someobject did not produce anything this morning",
        "something smells in prod",
        "check prod for trouble",
        "someobject is behaving strangely, check it",
        "give me a quick health check of the cluster",
        "someobject has some trouble, can you confirm",
        "is there anything i should worry about",
        "someobject did not run tonight, why",
        "the pods in prod do not start, what could be the reason",
        "triage prod",
    ),
    calls=calls,
    compose=compose,
)
