"""The two sides of changes as this service has them: where they are asked for and read, and where they are decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interlock.core.errors import NotServed

if TYPE_CHECKING:
    from interlock.approvals.desk import Desk
    from interlock.approvals.office import Office

OFF = "changes are off"
HOW = "set approvals.enabled; docs/changes.md says what else it takes"


@dataclass(frozen=True)
class Sides:
    """`desk` is None where changes are off, `office` also where they are decided by another service, at `url`."""

    desk: Desk | None = None
    office: Office | None = None
    url: str = ""

    def reading(self) -> Desk:
        """The side of requests.

        Raises:
            NotServed: when changes are off.
        """
        if self.desk is None:
            raise NotServed(OFF, hint=HOW)
        return self.desk

    def deciding(self) -> Office:
        """The side of decisions.

        Raises:
            NotServed: when it is not this service's.
        """
        self.reading()
        if self.office is None:
            raise NotServed(
                "decisions are not taken by this service",
                hint=f"they are taken at {self.url}" if self.url else "`interlock approvals` takes them",
            )
        return self.office
