"""Reads an exact question about the cluster into one tool call: kind, place, conditions, order, attribute.

Every word has to be accounted for: a kind, a state, a setting, a place, a name in the place of a name, or a word that
only holds these together. One word left over, and nothing is understood, which is better than half of it.
"""

from interlock.agent.reading.places import speaks_of_change
from interlock.agent.reading.plans import CHANGES, FACTS, QUERY, USES, Plan, plan

__all__ = ["CHANGES", "FACTS", "QUERY", "USES", "Plan", "plan", "speaks_of_change"]
