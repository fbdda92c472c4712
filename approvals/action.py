"""What an action is: a typed change from a fixed catalogue, pure but for the reads and the mutator it is handed.

An action says what it reads (`look`), what it wants written (`write`), when the effect is there (`effect`) and what
would undo it (`inverse`). This base makes of that the preview, the preconditions and the one write, alike for all.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import ClassVar, Generic, TypeVar

from pydantic import JsonValue, ValidationError

from interlock.approvals.canonical import Digest, digest
from interlock.approvals.errors import AlreadyThere, Conflict, NothingToDo
from interlock.approvals.normal import STAMP, Diff
from interlock.approvals.ownership import owner_of, refuse_owned
from interlock.approvals.radius import BlastRadius
from interlock.approvals.sight import Seen, Sight
from interlock.approvals.verbs import Mutator, Previewer
from interlock.approvals.words import (
    Applied,
    ArgsT,
    Intent,
    Inverse,
    Preconditions,
    Preview,
    Risk,
    Settled,
    Source,
    Target,
    Verdict,
    check_fresh,
)
from interlock.approvals.writes import (
    UNSTAMPED,
    Create,
    CreateSilence,
    ExpireSilence,
    Patch,
    Write,
    change_of,
    predicted,
    send,
    stamped,
    verb_of,
)
from interlock.core.clusters.objects import KubeObject
from interlock.core.errors import BadInput, NotFound
from interlock.core.surroundings import Owner

T = TypeVar("T")
TRIES = 4
"""Of one apply. A conflict is an answer, so nothing was changed; a status that moves every second may cause a few."""


class Action(ABC, Generic[ArgsT]):
    """A change of the catalogue."""

    name: ClassVar[str]
    title: ClassVar[str]
    effect_is: ClassVar[str]
    undone_by: ClassVar[str]
    risks: ClassVar[tuple[Risk, ...]]
    ownable: ClassVar[bool] = True
    """False for an action on what no GitOps tool keeps: its own objects, and what is in no cluster."""
    args: type[ArgsT]

    def risk(self, args: ArgsT) -> Risk:
        """The risk class of these arguments."""
        return self.risks[0]

    @abstractmethod
    def target(self, args: ArgsT) -> Target:
        """What is changed."""

    @abstractmethod
    def look(self, args: ArgsT, sight: Sight) -> Seen:
        """Read what the change depends on.

        Raises:
            BadInput: when the change makes no sense of what is there.
        """

    @abstractmethod
    def write(self, args: ArgsT, seen: Seen) -> Write:
        """The one write, as data."""

    @abstractmethod
    def effect(self, args: ArgsT, sight: Sight, intent: Intent) -> Verdict:
        """Whether the effect is there, read anew."""

    @abstractmethod
    def inverse(self, args: ArgsT, before: Seen, digest: Digest) -> Inverse:
        """What would undo the change that `digest` names."""

    def marks(self, args: ArgsT, seen: Seen) -> dict[str, JsonValue]:
        """The few facts by which the effect will be known again."""
        return {}

    def radius(self, args: ArgsT, seen: Seen, sight: Sight) -> BlastRadius:
        """What it touches."""
        return BlastRadius(dependants=tuple(sight.surroundings.dependants(sight.cluster.name, seen.object)))

    def parse(self, given: Mapping[str, JsonValue]) -> ArgsT:
        """The arguments as typed.

        Raises:
            BadInput: naming what is wrong, in one line.
        """
        try:
            return self.args.model_validate(dict(given))
        except ValidationError as error:
            wrong = [f"{'.'.join(map(str, e['loc'])) or 'arguments'}: {e['msg']}" for e in error.errors()]
            raise BadInput(f"{self.name}: {'; '.join(wrong)}") from None

    def fixed(self, args: ArgsT, now: datetime) -> ArgsT:
        """The arguments with every time in them settled, once, when the change is requested."""
        return args

    def intent(self, args: ArgsT, seen: Seen, digest: Digest) -> Intent:
        """What a write of this would be."""
        marks, inverse = self.marks(args, seen), self.inverse(args, seen, digest)
        verb = verb_of(self.write(args, seen))
        return Intent(self.target(args), digest, verb, seen.version, marks, inverse)

    def preconditions(self, seen: Seen) -> Preconditions:
        """What must still be so at execution."""
        meta = seen.object
        return Preconditions(meta.uid, meta.number("metadata", "generation"), digest(seen.fields))

    def preview(
        self, args: ArgsT, sight: Sight, previewer: Previewer, *, allow_owned: bool = False
    ) -> Preview:
        """What the server would make of it, by a dry run.

        Raises:
            Refused: for an object that GitOps keeps, unless allowed.
            NothingToDo: when nothing would change.
            NotSent, Answered, Unreachable: when the dry run was not to be had.
        """

        def tried() -> Preview:
            seen, owner = self._looked(args, sight, allow_owned=allow_owned)
            return self._tried(args, sight, seen, owner, previewer)

        return on_fresh_reads(tried)

    def pure_preview(self, args: ArgsT, sight: Sight, *, allow_owned: bool = False) -> Preview:
        """What the patch formats alone would make of it: for a replay, which has no server. Marked so.

        Raises:
            Refused, NothingToDo: as `preview`.
        """
        seen, owner = self._looked(args, sight, allow_owned=allow_owned)
        write = self.write(args, seen)
        after = predicted(write, seen.object.raw)
        return self._made(args, sight, seen, owner, change_of(write, seen.object.raw, after), source="replay")

    def apply(
        self,
        mutator: Mutator,
        args: ArgsT,
        sight: Sight,
        preconditions: Preconditions,
        digest: Digest,
        intend: Callable[[Intent], None],
        *,
        allow_owned: bool = False,
    ) -> Applied:
        """Make the change once, stamped with `digest`, under the resourceVersion as just read.

        `intend` is called right before anything is sent, and has to put what it is given on disk, or raise.

        Raises:
            Stale: when a precondition moved; nothing was changed.
            NotSent, Answered: nothing was changed.
            OutcomeUnknown: the request left; to be settled by `settle`, never by applying again.
        """

        def tried() -> Applied:
            seen, _ = self._looked(args, sight, allow_owned=allow_owned)
            check_fresh(self.target(args), preconditions, self.preconditions(seen))
            write = stamped(self.write(args, seen), digest, seen.object.raw)
            intent = self.intent(args, seen, digest)
            intend(intent)
            try:
                return Applied(intent, send(write, mutator, seen.version))
            except AlreadyThere:
                return Applied(intent, self._own(write, sight, digest).raw, found=True)

        return on_fresh_reads(tried)

    def settle(self, args: ArgsT, sight: Sight, preconditions: Preconditions, digest: Digest) -> Settled:
        """What became of a write whose answer was lost, by its stamp.

        "not applied" is only as good as the certainty that the request is no longer on its way.

        Raises:
            Unreachable, Forbidden: when it cannot be read now.
        """
        if self.begun(args, sight, digest):
            return "applied"
        try:
            seen = self.look(args, sight)
        except (BadInput, NotFound):
            return "unknown"
        write = self.write(args, seen)
        if isinstance(write, Create):
            return "applied" if self._made_by(write, sight, digest) else "not applied"
        if not isinstance(write, Patch):
            same = seen.object.uid == preconditions.uid and not seen.object.text(
                "metadata", "deletionTimestamp"
            )
            return "not applied" if same else "unknown"
        return "unknown" if preconditions.moved(self.preconditions(seen)) else "not applied"

    def begun(self, args: ArgsT, sight: Sight, digest: Digest) -> bool:
        """Whether the object carries the digest, as it does from the first write on.

        Raises:
            Unreachable, Forbidden: when it cannot be read now.
        """
        # Read by itself: what `look` asks for (a revision of that number, say) may be gone because it was applied.
        target = self.target(args)
        try:
            held = sight.cluster.get(target.kind, target.name, target.namespace or None)
        except NotFound:
            return False
        return held.annotations.get(STAMP) == digest

    def _looked(self, args: ArgsT, sight: Sight, *, allow_owned: bool) -> tuple[Seen, Owner | None]:
        seen = self.look(args, sight)
        owner = owner_of(sight, seen.object) if self.ownable else None
        refuse_owned(owner, allow=allow_owned)
        return seen, owner

    def _tried(
        self, args: ArgsT, sight: Sight, seen: Seen, owner: Owner | None, previewer: Previewer
    ) -> Preview:
        write = self.write(args, seen)
        reckoned = isinstance(write, CreateSilence | ExpireSilence)
        after = predicted(write, seen.object.raw) if reckoned else self.dry_run(write, seen, previewer)
        diff = change_of(write, seen.object.raw, after)
        return self._made(args, sight, seen, owner, diff, source="reckoned" if reckoned else "dry run")

    def dry_run(self, write: Write, seen: Seen, previewer: Previewer) -> Mapping[str, JsonValue]:
        """What the server would make of a write."""
        return send(stamped(write, UNSTAMPED, seen.object.raw), previewer, seen.version)

    def _made(
        self,
        args: ArgsT,
        sight: Sight,
        seen: Seen,
        owner: Owner | None,
        diff: Diff,
        *,
        source: Source,
        warnings: tuple[str, ...] = (),
    ) -> Preview:
        if not diff:
            raise NothingToDo(f"{self.target(args)} is already as asked")
        radius, told = self.radius(args, seen, sight), (*self.warnings(args, seen), *warnings)
        return Preview(self.target(args), source, diff, self.preconditions(seen), radius, owner, told)

    def warnings(self, args: ArgsT, seen: Seen) -> tuple[str, ...]:
        """What an approver should be told besides."""
        return ()

    def _own(self, write: Write, sight: Sight, digest: Digest) -> KubeObject:
        found = self._made_by(write, sight, digest) if isinstance(write, Create) else None
        if found is None:
            raise BadInput(f"{self.name}: an object of the new one's name exists and is not of this proposal")
        return found

    def _made_by(self, write: Create, sight: Sight, digest: Digest) -> KubeObject | None:
        held = sight.cluster.list(
            write.kind, write.namespace, fields=f"metadata.name={write.named(digest)}"
        ).objects
        return next((each for each in held if each.annotations.get(STAMP) == digest), None)


def on_fresh_reads(attempt: Callable[[], T]) -> T:
    """The result of an attempt that reads, then writes under what it read; made again when something moved between.

    A conflict is an answer, so nothing was changed by it; whether what moved matters, the attempt reads anew.
    """
    for _ in range(TRIES - 1):
        with suppress(Conflict):
            return attempt()
    return attempt()
