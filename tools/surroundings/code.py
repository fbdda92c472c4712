"""The code behind an object, as `iac_owner` finds it: told where one place alone stands out, never guessed.

Code puts nothing back by itself, so that code which cannot be read refuses no change: the card says that it was not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from interlock.core.clusters.objects import KubeObject
from interlock.core.errors import InterlockError
from interlock.core.surroundings import Owner, OwnerSystem
from interlock.tools.knowledge.library import NOT_SEARCHED
from interlock.tools.surroundings.owners import CodeOwner

if TYPE_CHECKING:
    from interlock.index.code.live import Live
    from interlock.index.code.opened import Code

_TERRAFORM = (".tf", ".tf.json", ".hcl")


def code_owner(code: Callable[[], Code], unread: Callable[[], Sequence[str]] = tuple) -> CodeOwner:
    """A lookup in the code that there is when it is asked: `library.code.now`, and `library.unread` of what is not."""

    def look(subject: KubeObject, above: Sequence[KubeObject]) -> Owner | None:
        from interlock.index.code.owner import owners

        try:
            base = code().base
        except InterlockError as error:
            return _perhaps(str(error))
        found = owners(base, _live(subject), [_live(each) for each in above])
        if not found.sure:
            lost = [said for said in unread() if said.startswith(NOT_SEARCHED)]
            return _perhaps("; ".join(lost)) if lost else None
        best = found.candidates[0]
        system: OwnerSystem = "terraform" if best.place.path.endswith(_TERRAFORM) else "other"
        # Neither is put back by itself: the next apply does it.
        return Owner(system, best.name, f"{best.place}: {'; '.join(best.reasons)}", reverts=False)

    return look


def _perhaps(why: str) -> Owner:
    return Owner("other", "perhaps code", f"the code could not be read: {why}", reverts=False)


def _live(held: KubeObject) -> Live:
    from interlock.index.code.live import Live

    return Live(held.kind, held.name, held.namespace, held.labels, held.annotations)
