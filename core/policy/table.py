"""A bundle's own decision table, `tests.yaml`: what must be allowed and what must not, held against the policies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from interlock.core.errors import BadInput
from interlock.core.identity import Principal, PrincipalKind
from interlock.core.policy.ask import Act, Ask, Policy, ResourceKind, Ruling
from interlock.core.policy.bundle import TESTS


class Case(BaseModel):
    """One row: who, what, and what must come of it."""

    model_config = ConfigDict(extra="forbid")

    principal: str
    kind: PrincipalKind = "person"
    groups: tuple[str, ...] = ()
    surface: str = "cli"
    act: Act = "read"
    tool: str = ""
    resource: str = "*"
    resource_kind: ResourceKind = "Cluster"
    namespace: str = ""
    risk: str = ""
    cluster: str = ""
    source: str = ""
    allowed: bool
    rule: str | None = None

    def ask(self) -> Ask:
        """What is asked."""
        return Ask(
            self.tool,
            self.resource,
            act=self.act,
            kind=self.resource_kind,
            namespace=self.namespace,
            risk=self.risk,
            cluster=self.cluster,
            source=self.source,
        )

    def who(self) -> Principal:
        """Who asks."""
        return Principal(self.principal, kind=self.kind, groups=self.groups, surface=self.surface)


@dataclass(frozen=True)
class Outcome:
    """A row and what the policy said."""

    number: int
    case: Case
    ruling: Ruling

    @property
    def holds(self) -> bool:
        """True when the ruling is the one the row wants."""
        return self.ruling.allowed == self.case.allowed and self.case.rule in {None, self.ruling.rule}


def cases(folder: Path) -> list[Case]:
    """The table of a bundle; empty when it has none.

    Raises:
        BadInput: naming the row that is wrong.
    """
    file = folder / TESTS
    if not file.exists():
        return []
    try:
        rows = yaml.safe_load(file.read_text(encoding="utf-8")) or []
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot read {file}: {error}") from None
    if not isinstance(rows, list):
        raise BadInput(f"{file} must be a list of rows")
    return [_case(file, number, row) for number, row in enumerate(rows, start=1)]


def judged(policy: Policy, rows: list[Case]) -> Iterator[Outcome]:
    """Each row with the ruling on it."""
    for number, case in enumerate(rows, start=1):
        yield Outcome(number, case, policy.rule(case.who(), case.ask()))


def _case(file: Path, number: int, row: object) -> Case:
    try:
        return Case.model_validate(row)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"{file}: row {number}: {where}: {first['msg']}") from None
