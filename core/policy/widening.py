"""Does one bundle allow anything that another does not? Answered on the safe side: what is not plainly narrower is wider.

Threat: one person widens rights by a change that looks harmless. Mechanism: only these count as no widening: a permit
removed, a forbid added, a member taken from a group that no forbid, no condition and no budget speaks of, a budget
lowered, an environment that no policy names, rules of changes that are as strict (`loosening`). Guarantee: every change that lets somebody do more is listed; some that do not are too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from interlock.core.policy.bundle import Budget, Bundle
from interlock.core.policy.loosening import loosenings


def widenings(old: Bundle | None, new: Bundle) -> list[str]:
    """What of `new` may allow more than `old`, in words; empty when it is narrower or the same.

    Without an old bundle every permit beyond nothing is a widening.
    """
    if old is None:
        return [f"permit {name} is new" for name in _of(new, "permit")]
    return [
        *_policies(old, new),
        *_groups(old, new),
        *_environments(old, new),
        *_budgets(old, new),
        *_header(old, new),
        *loosenings(old.header, new.header),
    ]


def narrowings(old: Bundle, new: Bundle) -> list[str]:
    """What of `new` allows less, in words: the widenings of the way back, said the other way round."""
    return [_turned(said) for said in widenings(new, old)]


def _turned(said: str) -> str:
    pairs = {
        " is new": " is gone",
        " is gone": " is new",
        " joins ": " leaves ",
        " is raised": " is lowered",
        " is loosened": " is tightened",
        " may be changed in ": " may no longer be changed in ",
    }
    for words, opposite in pairs.items():
        if words in said:
            return said.replace(words, opposite, 1)
    return said


def _policies(old: Bundle, new: Bundle) -> Iterator[str]:
    before, after = _of(old, "permit"), _of(new, "permit")
    for name, policy in after.items():
        if policy not in before.values():
            yield f"permit {name} is {'changed' if name in before else 'new'}"
    kept = _of(new, "forbid")
    for name, policy in _of(old, "forbid").items():
        if policy not in kept.values():
            yield f"forbid {name} is {'changed' if name in kept else 'gone'}"


def _groups(old: Bundle, new: Bundle) -> Iterator[str]:
    sensitive = json.dumps(
        [p if p["effect"] == "forbid" else p.get("conditions") for p in new.policies.values()]
    )
    for name in sorted({*old.header.groups, *new.header.groups}):
        before, after = set(old.header.groups.get(name, ())), set(new.header.groups.get(name, ()))
        for member in sorted(after - before):
            yield f"{member} joins group {name}"
        if before - after and json.dumps(name) in sensitive:
            yield f"{', '.join(sorted(before - after))} leaves group {name}, which a forbid or a condition names"
        elif before - after and name in {budget.group for budget in old.header.budgets}:
            yield f"{', '.join(sorted(before - after))} leaves group {name}, which has a budget"


def _environments(old: Bundle, new: Bundle) -> Iterator[str]:
    for name in sorted({*old.header.environments, *new.header.environments}):
        if old.header.environments.get(name) != new.header.environments.get(name) and any(
            json.dumps(name) in json.dumps(policy) for policy in new.policies.values()
        ):
            yield f"environment {name} is changed, and policies name it"


def _budgets(old: Bundle, new: Bundle) -> Iterator[str]:
    after = {budget.group: budget for budget in new.header.budgets}
    for before in old.header.budgets:
        now = after.get(before.group)
        if now is None or _is_more(now, before):
            yield f"the budget of group {before.group} is {'raised' if now else 'gone'}"


def _is_more(now: Budget, before: Budget) -> bool:
    fields = ("model_tokens_per_day", "questions_per_day")
    return any(
        getattr(before, f) is not None and (getattr(now, f) is None or getattr(now, f) > getattr(before, f))
        for f in fields
    )


def _header(old: Bundle, new: Bundle) -> Iterator[str]:
    if old.header.second_signature == "required" and new.header.second_signature == "off":
        yield "the second signature is switched off"


def _of(bundle: Bundle, effect: str) -> dict[str, Mapping[str, JsonValue]]:
    return {name: policy for name, policy in bundle.policies.items() if policy["effect"] == effect}
