"""The policy seam: may this principal do this to that? Anything but an explicit allow is a refusal that names its rule.

`ask` holds the words and the default; `bundle` reads a team's own policies, `cedar` decides by them, `widening` and
`accepted` see to it that nobody widens rights alone; `egress` says what may leave for a model, `budgets` how much.
"""

from interlock.core.policy.ask import (
    Act,
    Ask,
    LocalReadPolicy,
    Policy,
    ResourceKind,
    Ruling,
    check,
    enforce,
    refusal,
    ruled,
)

__all__ = [
    "Act",
    "Ask",
    "LocalReadPolicy",
    "Policy",
    "ResourceKind",
    "Ruling",
    "check",
    "enforce",
    "refusal",
    "ruled",
]
