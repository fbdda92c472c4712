"""The few words that settle what is asked whatever stands around them: where to look (runbook, code, logs, events), or trouble."""

from __future__ import annotations

import re

_CUES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "runbook",
        re.compile(
            r"\b(?:runbooks?|playbooks?|run book|documentation|documented|docs?|sop|procedure|written down|steps (?:for|to)|"
            r"what (?:should|do|can|shall) (?:i|we) do|what to do|"
            r"how (?:do|should|can|shall|to) (?:i |we )?(?:proceed|handle|deal|fix|respond|react|mitigate|resolve|recover))\b"
        ),
    ),
    (
        "code",
        re.compile(
            r"\b(?:in (?:which|what) (?:file|manifest|repo|repository|chart|module)|(?:in|of) (?:the|our) (?:repo|repository|code|"
            r"codebase)|iac|infrastructure code|helm (?:chart|values))\b"
        ),
    ),
    ("logs", re.compile(r"(?<![\w-])(?:logs?|logged|logging|log lines?)(?![\w-])")),
    ("events", re.compile(r"(?<![\w-])events?(?![\w-])")),
)
_TROUBLE = re.compile(
    r"\b(?:why|down|broke|broken|slow|wrong|problems?|trouble|issues?|unhappy|unhealthy|sick|smells?|outage|incident|paged|alert|"
    r"attention|green|health|latency|errors?|5\d\ds?|triage|diagnose|investigate|debug|failing|flapping|weird|timeouts?)\b"
)
_LISTS = re.compile(r"\W*(?:which|how many|how much|list|count|show|who|when|where|what (?:is|are) the)\b")


def cue(text: str) -> str:
    """The intent that single words settle, '' when none does."""
    low = text.lower()
    return next((name for name, pattern in _CUES if pattern.search(low)), "")


def troubled(text: str) -> bool:
    """Whether a text speaks of trouble and asks for no list, so that a diagnosis answers it."""
    low = text.lower()
    return bool(_TROUBLE.search(low)) and not _LISTS.match(low)
