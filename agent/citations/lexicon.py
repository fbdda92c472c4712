"""The words that carry facts, with their opposites, and those that carry none.

A row is one concept: words that state it, words that deny it. Any word in neither table has to occur in the
evidence as it is.
"""

from __future__ import annotations

import re
from functools import cache


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# concept: (words that say yes, words that say no)
PREDICATES: dict[str, tuple[str, str]] = {
    "ready": ("ready readiness", "unready notready"),
    "healthy": ("healthy health", "unhealthy degraded"),
    "available": ("available availability", "unavailable unavailability downstreamunavailable"),
    "reachable": ("reachable", "unreachable"),
    "schedule": ("scheduled schedule scheduling schedulable", "unschedulable unscheduled"),
    "exist": ("exists exist existing present found", "missing absent nonexistent notfound"),
    "allow": ("allowed permitted authorized", "forbidden denied rejected unauthorized disallowed"),
    "enable": ("enabled", "disabled"),
    "know": ("known", "unknown"),
    "valid": ("valid", "invalid"),
    "up": (
        "increased increase raised raise raising increasing growing grew rose higher scaleup more upgraded",
        "decreased decrease lowered lower lowering decreasing reducing reduced reduce dropped shrank fell less fewer scaledown downgraded",
    ),
    "add": ("added created introduced", "removed deleted dropped-out"),
    "start": ("started starting begun", "stopped stopping"),
    "open": ("opened open", "closed"),
    "compare": ("over above exceeding beyond least", "under below most"),
    "order": ("before prior until earlier", "after later following"),
    "success": ("succeeded success successful successfully completed complete", "unsuccessful incomplete"),
    "recover": ("recovered recovery resolved", "unresolved"),
    "firing": ("firing", ""),
    "full": ("full", "empty"),
    "fail": ("failed failing failure fails fail", ""),
    "error": ("error errors", ""),
    "run": ("running run", ""),
    "pending": ("pending waiting stuck", ""),
    "kill": ("killed kill kills", ""),
    "evict": ("evicted eviction evicting", ""),
    "refuse": ("refused refusing refuse", ""),
    "accept": ("accepted", ""),
    "timeout": ("timeout timeouts", ""),
    "exceed": ("exceeded exceeds exceed", ""),
    "insufficient": ("insufficient", "sufficient enough"),
    "pressure": ("pressure", ""),
    "scale": ("scaled scaling scale", ""),
    "change": ("changed change changes modified updated edited", "unchanged"),
    "restart": ("restarted restarts restart restarting", ""),
    "terminate": ("terminated exited exit exits terminating", ""),
    "expire": ("expired expires", ""),
    "exhaust": ("exhausted exhaustion", ""),
    "crash": ("crashed crashes crash crashing", ""),
    "block": ("blocked blocking", ""),
    "connect": ("connected", "disconnected"),
    "resolve": ("resolve resolving resolution", "unresolvable"),
    "bind": ("bound", "unbound"),
    "deploy": ("deployed", ""),
    "rollback": ("rollback", ""),
    "preempt": ("preempted preemption", ""),
    "drain": ("drained draining", ""),
    "cordon": ("cordoned", "uncordoned"),
    "drift": ("drifted drift", ""),
    "saturated": ("saturated", ""),
    "throttle": ("throttled throttling", ""),
    "request": ("requested requests request", ""),
    "limit": ("limited limits limit", ""),
    "mount": ("mounted mount", "unmounted"),
    "attach": ("attached attach", "detached"),
    "new": ("newer new newest", "older old oldest"),
    "recent": ("currently current", "previously previous last"),
    "first": ("first", ""),
    "high": ("highest maximum max", "lowest minimum min"),
    "match": ("matches matching match matched", "mismatch mismatched mismatches"),
    "conditional": ("unless", ""),
}
# Happened or did not: a count above zero states it. Others are states, which a count does not settle.
EVENTS = _words(
    "fail error kill evict refuse timeout restart terminate crash exhaust success throttle add start"
)
# A path that merely contains the word does not state them.
STATES = _words("ready healthy available reachable schedule run recover exist firing")
SYNONYMS: dict[str, str] = {
    "replica": "replica replicas",
    "use": "used use usage uses using",
    "fault": "fault",
    "image": "image images",
    "namespace": "namespace namespaces ns",
    "config": "configuration config",
    "desire": "desired wanted",
    "persistentvolumeclaim": "persistentvolumeclaim pvc pvcs",
    "pull": "pull pulling pulled pulls",
    "warn": "warning warn warnings",
    "create": "creating creation",
    "count": "count counts",
    "reject": "rejecting",
}
KIND_WORDS = frozenset(
    [
        "pod",
        "deployment",
        "replicaset",
        "statefulset",
        "daemonset",
        "job",
        "cronjob",
        "service",
        "node",
        "ingress",
        "configmap",
        "secret",
        "container",
        "endpoint",
        "persistentvolumeclaim",
        "resourcequota",
        "quota",
        "namespace",
        "hpa",
        "volume",
    ]
)
NEGATORS = _words("not no never none neither nor without zero cannot lack lacks absence non ruledout nothing")
BREAKERS = _words(
    "and with but while although whereas because since as so then versus vs when if that which who by"
)
MODAL = _words("if when whenever unless may might could should would can whether must maybe perhaps possibly")
_GLUE = """
a an the this that these those it its they them their there here he she we our us you your i who whom whose
is are was were be been being am has have had having do does did doing done will shall
of in on at to for from by with into onto within during per as about than via through across upon out off up
and or but so yet because since while although though whereas then when where which what how why if
also too still again just only even very already now once so far overall indeed however therefore thus hence
recommends recommend recommended advises advise advised sets setting look looks looked listed hit hits experienced suffered received logged probably likely apparently presumably possibly perhaps maybe seems seem seemed appears appear appeared suggests
suggest indicates indicate indicated may might could would should can must
shows show showed shown showing reports report reported reporting says say said saying states stated according
evidence observed observe seen see saw found-in recorded records listed lists given noted note
cause caused causes causing causal root reason reasons due result resulted resulting resulted-in led leads lead
keeps keep kept remains remain remained stays stay stayed became become becomes got gets get getting went goes go
times time value values set total number amount instance one own self itself
named called status state states condition conditions phase currently recent recently
object objects resource resources workload application main
each all every both none any no not never cannot either neither nor other others some
utc ago think believe conclude true false yes exactly happened happens happen occurred occurs occur
"""
_SUFFIXES = (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("es", "e"), ("s", ""))


@cache
def stem(word: str) -> str:
    """A crude stem: plural, -ing and -ed go, so that tense and number do not matter."""
    word = word.lower()
    for suffix, instead in _SUFFIXES:
        short = word.endswith(("ss", "us", "is")) and suffix == "s"
        if word.endswith(suffix) and not short and len(word) - len(suffix) >= 3:
            word = word[: -len(suffix)] + instead
            break
    word = re.sub(r"([bdgmnprt])\1$", r"\1", word)
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


def _table() -> dict[str, tuple[str, int, bool]]:
    out: dict[str, tuple[str, int, bool]] = {}
    for concept, words in SYNONYMS.items():
        out.update(dict.fromkeys(words.split(), (concept, 1, False)))
    for concept, (yes, no) in PREDICATES.items():
        out.update(dict.fromkeys(yes.split(), (concept, 1, True)))
        out.update(dict.fromkeys(no.split(), (concept, -1, True)))
    return out


_CONCEPTS = _table()
_GLUE_WORDS = _words(_GLUE)


@cache
def concept(word: str) -> tuple[str, int, bool]:
    """The key a word is compared by, its sign, and whether it is a fact-bearing predicate."""
    low = word.lower()
    return _CONCEPTS.get(low) or (stem(low), 1, False)


KINDS = frozenset(concept(word)[0] for word in KIND_WORDS)


def is_glue(word: str) -> bool:
    """Whether a word carries no fact of its own."""
    low = word.lower()
    return (low in _GLUE_WORDS and low not in _CONCEPTS) or low in ("currently", "conditions", "status")
