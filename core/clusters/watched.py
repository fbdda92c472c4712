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
    """What one call could not see: in words, and the errors' own words that say the same."""

    said: dict[str, None] = field(default_factory=dict)
    errors: set[str] = field(default_factory=set)

    def limits(self, told: tuple[str, ...]) -> tuple[str, ...]:
        """The limits a tool told, with every refusal said once and in the same words."""
        others = (limit for limit in told if not any(error in limit for error in self.errors))
        kept = [limit for limit in others if not any(said in limit for said in self.said)]
        return tuple(dict.fromkeys([*kept, *self.said]))


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
        self._unseen.errors.add(told.message)
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
