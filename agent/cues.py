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
        "owner",
        re.compile(
            r"\b(?:which|what) (?:\w+ ){0,3}(?:repo|repository|chart|manifest|module)\b.*\b(?:from|owns?|owned|manages?|managed|"
            r"deploys|behind|belongs?)\b"
        ),
    ),
    (
        "code",
        re.compile(
            r"\b(?:in (?:which|what) (?:file|manifest|repo|repository|chart|module)|(?:in|of) (?:the|our) (?:repo|repository|code|"
            r"codebase)|iac|infrastructure code|helm (?:chart|values)|(?:in|from|of) (?:our )?(?:git|gitops)|"
            r"(?:which|what) (?:\w+ )?(?:files?|manifests?|charts?|terraform|yamls?|modules?|repo|repository)|terraform|terragrunt|"
            r"kustomize|kustomization|gitops repo)\b"
        ),
    ),
    ("logs", re.compile(r"(?<![\w-])(?:logs?|logged|logging|log lines?)(?![\w-])")),
    ("events", re.compile(r"(?<![\w-])events?(?![\w-])")),
)
TROUBLE = frozenset(
    [
        "why",
        "down",
        "broke",
        "broken",
        "slow",
        "wrong",
        "problem",
        "problems",
        "trouble",
        "troubles",
        "troubled",
        "issue",
        "issues",
        "unhappy",
        "unhealthy",
        "sick",
        "smells",
        "outage",
        "incident",
        "paged",
        "alert",
        "attention",
        "green",
        "health",
        "healthy",
        "healthcheck",
        "latency",
        "errors",
        "triage",
        "diagnose",
        "investigate",
        "debug",
        "failing",
        "flapping",
        "weird",
        "weirdly",
        "strange",
        "strangely",
        "odd",
        "oddly",
        "timeout",
        "timeouts",
        "worry",
        "worried",
        "worrying",
        "misbehaving",
        "misbehaves",
        "struggling",
        "suffering",
        "fishy",
        "suspicious",
        "amiss",
        "unreachable",
        "unresponsive",
        "dead",
        "dying",
        "hangs",
        "hanging",
        "reason",
        "cause",
        "diagnosis",
    ]
)
"""Single words of trouble: what takes none of them answers no question that holds one."""
_TROUBLE = re.compile(
    rf"\b(?:{'|'.join(sorted(TROUBLE - {'healthy', 'dead'}))}|5\d\ds?|acting up|behav\w+ (?:badly|funny|funnily)|"
    r"(?:(?:did|do|does|is|are|was|were|has|have)(?: not|n'?t)|cannot|can'?t|won'?t|never) "
    r"(?:work|working|start|starting|respond|responding|run|come|coming|finish|produce|load|loading|reachable|deploy)\w*|"
    r"check (?:on )?(?:it|them|that|this)|look into|have a look|take a look|what(?: i|')?s (?:up|going on|happening)|what happen\w*)\b"
)
_LISTS = re.compile(
    r"\W*(?:which|how many|how much|list|count|show|who|when|where|what (?:is|are) the (?!reason|cause|matter|problem|trouble|issue))\b"
)


_SOME = re.compile(
    r"\b(?:(?:which|what) (?:\w+ )?(?:pods?|nodes?|services?|jobs?|deployments?|workloads?|cronjobs?|containers?|hpas?|pvcs?)|"
    r"which ones|how many|number of)\b"
)


def lists(text: str) -> bool:
    """Whether things of a kind, or their number, are asked for anywhere in a text, and not why."""
    low = text.lower()
    return bool(_SOME.search(low)) and not re.search(r"\bwhy\b", low)


def cue(text: str) -> str:
    """The intent that single words settle, '' when none does."""
    low = text.lower()
    return next((name for name, pattern in _CUES if pattern.search(low)), "")


def troubled(text: str) -> bool:
    """Whether a text speaks of trouble and asks for no list, so that a diagnosis answers it."""
    low = text.lower()
    return bool(_TROUBLE.search(low)) and not _LISTS.match(low) and not lists(low)
