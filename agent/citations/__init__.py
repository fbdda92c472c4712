"""The citation check: does the cited evidence hold what a claim says?

Threat: a fluent sentence with a wrong number, a swapped name or a turned negation, under a citation that exists.
Mechanism: every number, name, quoted span and fact-bearing word of a clause has to stand together in one record
of the cited text, with the same sign, role and order. Guarantee: what cannot be matched is not verified. Rules
only, no model: a true sentence in words the evidence does not use is left unverified rather than trusted.
"""

from interlock.agent.citations.check import check_claim
from interlock.agent.citations.facts import Facts, extract_facts
from interlock.agent.citations.model import Source, SourceKind, Verdict

__all__ = ["Facts", "Source", "SourceKind", "Verdict", "check_claim", "extract_facts"]
