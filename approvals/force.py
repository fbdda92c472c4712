"""What is in force now: the policy, the rules of changes, who is in which group and who is who. Asked anew at each step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from interlock.approvals.proposal import Proposal
from interlock.core.errors import Refused, Unreachable
from interlock.core.identity import Principal, PrincipalKind
from interlock.core.policy import Policy
from interlock.core.policy.ask import FAILED, Act, Ask, check, ruled
from interlock.core.policy.changes import Case, Changes, Risk


@dataclass(frozen=True)
class Force:
    """The rules as they are now. `canonical` maps any id of a person to the one that counts, where one is `known`."""

    policy: Policy
    changes: Changes
    version: str
    groups_of: Callable[[str], frozenset[str]]
    environments_of: Callable[[str], frozenset[str]]
    canonical: Callable[[str], str]
    known: Callable[[str], bool]
    solo: bool = False

    def allows(self, principal: str, act: Act, what: What, *, kind: PrincipalKind = "person") -> bool:
        """Whether policy allows it now.

        Raises:
            Unreachable: when the policy could not decide: nothing may be concluded from that.
        """
        ruling = ruled(self.policy, Principal(principal, kind), what.ask(act))
        if ruling.rule == FAILED:
            raise Unreachable(f"the policy could not decide whether {principal} may {act} {what.action}")
        return ruling.allowed

    def check(self, principal: Principal, act: Act, what: What) -> None:
        """Refuse what policy does not allow.

        Raises:
            Refused: naming the rule.
        """
        ask = what.ask(act)
        check(ruled(self.policy, principal, ask), principal, ask)

    def case(self, what: What, *, automated: bool, break_glass: bool, pods: int = 0) -> Case:
        """The change as the rules see it."""
        return Case(
            action=what.action,
            risk=what.risk,
            cluster=what.cluster,
            environments=self.environments_of(what.cluster),
            namespace=what.namespace,
            pods=pods,
            automated=automated,
            break_glass=break_glass,
            solo=self.solo,
        )

    def case_of(self, proposal: Proposal) -> Case:
        """A proposal as the rules see it."""
        return self.case(
            what_of(proposal),
            automated=proposal.automated,
            break_glass=proposal.break_glass,
            pods=proposal.pods,
        )


@dataclass(frozen=True)
class What:
    """What policy is asked about: an action, at a risk, somewhere."""

    action: str
    risk: Risk
    cluster: str
    namespace: str

    def ask(self, act: Act) -> Ask:
        """The question to the policy."""
        return Ask(self.action, self.cluster, act=act, namespace=self.namespace, risk=self.risk)


Rules = Callable[[], Force]


def what_of(proposal: Proposal) -> What:
    """What policy is asked about a proposal."""
    target = proposal.target
    return What(proposal.action, proposal.risk, target.cluster, target.namespace)


def check_request(force: Force, principal: Principal, what: What, *, break_glass: bool) -> None:
    """Refuse a request that policy does not allow.

    Raises:
        Refused: naming the rule.
    """
    if not principal.id:
        raise Refused("nobody asks for this", rule="no-identity")
    # Whatever policy says: somebody who asked under a name that is nobody's could approve under their own.
    if principal.kind == "person" and not force.known(principal.id) and not force.solo:
        raise Refused(
            f"nobody vouches for {principal.id}", rule="unmapped", hint="add the person to identity.people"
        )
    force.check(principal, "request", what)
    if break_glass:
        force.check(principal, "breakGlass", what)
