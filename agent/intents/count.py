"""How many objects of a kind there are."""

from __future__ import annotations

from interlock.agent.intent import Intent
from interlock.agent.intents.listing import calls, compose_count

INTENT = Intent(
    name="count",
    offers="how many objects of a kind there are",
    examples=(
        "how many pods are there in someobject",
        "how many pods does someobject have",
        "how many nodes do we have",
        "how many deployments are in namespace someobject",
        "how many replicas are running",
        "how many jobs failed",
        "number of pods in someobject",
        "count the services in someobject",
        "what is the number of nodes",
    ),
    calls=calls,
    compose=compose_count,
)
