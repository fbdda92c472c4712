"""A cluster as one tool call sees it: every refusal is noted, whatever the tool makes of it.

Threat: a tool that swallows a 403 and answers as if it had seen everything. Mechanism: the caller hands tools this view,
which passes every read through and notes each refusal, and each warning about a list, in words. Guarantee: what was
refused during a call is known when the call ends, for reads of any name.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from interlock.core.clusters.permitted import may_not
from interlock.core.clusters.reader import ClusterReads
from interlock.core.errors import Forbidden, InterlockError

_VERBS = {"get": "get", "logs": "read logs of"}
NO_LOGIN = "the cluster does not accept the credentials (401)"


@dataclass
class Unseen:
    """What one call could not see: in words, and by the error's message that told the tool so."""

    said: dict[str, None] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def limits(self, told: tuple[str, ...]) -> tuple[str, ...]:
        """The limits a tool told, with every refusal said once and in the same words."""
        kept = [self._shortened(limit) for limit in told]
        more = [said for said in self.said if not any(said in limit for limit in kept)]
        return tuple(dict.fromkeys([*kept, *more]))

    def _shortened(self, limit: str) -> str:
        for message, said in self.errors.items():
            limit = limit.replace(message, said)
        return limit


class _Watched:
    def __init__(self, reader: ClusterReads, unseen: Unseen) -> None:
        self._reader = reader
        self._unseen = unseen

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - stands in for every read there is
        held = getattr(self._reader, name)
        return self._noting(name, held) if inspect.ismethod(held) else held

    def _noting(self, name: str, read: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*args: Any, **options: Any) -> Any:  # noqa: ANN401
            try:
                found = read(*args, **options)
            except Forbidden as error:
                raise self._refused(
                    error, name, inspect.signature(read).bind(*args, **options).arguments
                ) from error
            self._unseen.said.update(dict.fromkeys(getattr(found, "warnings", ())))
            return found

        return noted

    def _refused(self, error: Forbidden, verb: str, asked: Mapping[str, Any]) -> Forbidden:
        said = self._words(error, verb, asked)
        self._unseen.said[said] = None
        told = Forbidden(f"{said}: {error.message}" if said != NO_LOGIN else said, hint=error.hint)
        self._unseen.errors[told.message] = said
        return told

    def _words(self, error: Forbidden, verb: str, asked: Mapping[str, Any]) -> str:
        if error.message.startswith("Unauthorized"):
            return NO_LOGIN
        namespace = asked.get("namespace") or None
        resource = str(asked.get("resource", "pods"))
        try:
            kind = self._reader.discovery.resolve(resource)
        except InterlockError:
            return may_not(_VERBS.get(verb, "list"), resource, namespace)
        everywhere = kind.namespaced and namespace is None
        return may_not(
            _VERBS.get(verb, "list"),
            kind.full_name,
            namespace if kind.namespaced else None,
            everywhere=everywhere,
        )


def watched(reader: ClusterReads, unseen: Unseen) -> ClusterReads:
    """`reader`, with what it may not see noted in `unseen`."""
    return cast(ClusterReads, _Watched(reader, unseen))
