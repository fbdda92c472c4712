"""What the runbooks say."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.agent.compose import errors, note, paragraphs, runbook_lines, whole_pages
from interlock.agent.intent import Intent
from interlock.agent.turn import Asked, Use

SEARCH = "runbook_search"


def calls(asked: Asked) -> Sequence[Use]:
    """One search with the question's own words, then the page it found."""
    return [Use.of(SEARCH, query=asked.text, limit=3), *whole_pages(asked, SEARCH)]


def compose(asked: Asked) -> Sequence[str]:
    """The best page's place and steps."""
    lines = runbook_lines(asked)
    nothing = [] if lines else [note("I do not know: no runbook matches.")]
    return paragraphs(lines, nothing, errors(asked, SEARCH))


INTENT = Intent(
    name="runbook",
    offers="what the runbooks say about something",
    examples=(
        "is there a runbook for someobject",
        "which runbook covers crash loops",
        "what does the runbook say about out of memory",
        "find the runbook for this alert",
        "how do we handle a full disk",
        "how do i handle image pull errors",
        "what are the steps to mitigate high latency",
        "what is the procedure for a node that is not ready",
        "show me the playbook for someobject",
        "how should we respond to quota exceeded",
        "search the documentation for dns failures",
    ),
    wordings=(
        "what does our runbook recommend for crash looping pods",
        "give me the playbook for expiring certificates",
        "documented steps for image pull problems",
        "got any documentation on evictions",
        "how are we supposed to deal with a failed job",
        "what should i do when a volume fills up",
        "what is the recommended fix for a pod that is stuck pending",
        "how do i troubleshoot a service without endpoints",
        "which page explains node pressure",
        "what are we meant to do about throttling",
    ),
    calls=calls,
    compose=compose,
    names=False,
)
