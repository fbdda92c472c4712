"""A wish that something be changed: it cannot be, and nothing is looked at either."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.agent.compose import note
from interlock.agent.intent import Intent
from interlock.agent.turn import Asked, Use


def calls(asked: Asked) -> Sequence[Use]:
    """None."""
    return []


def compose(asked: Asked) -> Sequence[str]:
    """The refusal, and where changes can be asked for, how."""
    if "request_change" in asked.tools:
        return [note("I changed nothing: people decide on changes. Ask for one with `interlock request ACTION --arg KEY=VALUE"
                     " --reason WHY`; docs/actions.md lists the actions.")]  # fmt: skip
    return [note("I changed nothing and cannot: I only read. Ask why it is needed, and I can look.")]


INTENT = Intent(
    name="act",
    offers="nothing that changes anything",
    examples=(
        "restart deployment someobject",
        "please restart the pod",
        "scale someobject to sometime replicas",
        "delete pod someobject",
        "roll back someobject",
        "roll someobject back to the previous revision",
        "apply this manifest",
        "drain node someobject",
        "cordon the node",
        "fix it",
        "kill the pod someobject",
        "increase the memory limit of someobject to 2gi",
        "patch the deployment",
        "run kubectl delete",
        "execute a command in the pod",
    ),
    calls=calls,
    compose=compose,
    names=False,
)
