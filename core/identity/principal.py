"""Who asks. Every call carries a `Principal`; this module only holds the words.

Guarantees: a principal is immutable and has one canonical id. Leaves proofs of identity to the files beside it.
"""

from __future__ import annotations

import getpass
import re
from dataclasses import dataclass
from typing import Literal

PrincipalKind = Literal["person", "service"]
_LOCAL_NAME = re.compile(r"[^A-Za-z0-9._@-]+")


@dataclass(frozen=True)
class Principal:
    """A person or a machine, by one canonical id such as `local:ana` or `oidc:ana@example.com`."""

    id: str
    kind: PrincipalKind = "person"
    groups: tuple[str, ...] = ()
    surface: str = "cli"

    @property
    def sees_as(self) -> tuple[str, tuple[str, ...]]:
        """What decides what is seen: the id and the groups as they are now. Everything that is kept is kept under it."""
        return self.id, tuple(sorted(set(self.groups)))


def local_principal() -> Principal:
    """The user of this terminal. May read by default; is never enough to decide a change."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "unknown"
    return Principal(id=f"local:{_LOCAL_NAME.sub('_', name)}")
