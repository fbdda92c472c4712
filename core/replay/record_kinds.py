"""What a server says it can list: its discovery documents, kept as they were, and the kinds found in them.

Each kind is taken once, in the version its group prefers. A group that does not answer is noted, not guessed at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from pydantic import JsonValue

from interlock.core.clusters.discovery import AGGREGATED, RICHER
from interlock.core.clusters.objects import Node
from interlock.core.clusters.transport import Transport
from interlock.core.errors import InterlockError

Document = dict[str, JsonValue]
Note = Callable[[str, str, str], None]


@dataclass(frozen=True)
class ListedKind:
    """A kind that can be listed, with its discovery entry."""

    group: str
    version: str
    entry: Node
    columns: JsonValue = None
    further: bool = False
    """In a version that tells more than the preferred one, which is recorded too."""

    @property
    def plural(self) -> str:
        """Its name in paths."""
        return self.entry.text("name")

    @property
    def namespaced(self) -> bool:
        """Whether its objects live in namespaces."""
        return bool(self.entry.flag("namespaced"))

    @property
    def full_name(self) -> str:
        """Plural with group; plain for the core group."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def file_name(self) -> str:
        """The name of its file, without the ending."""
        return f"{self.full_name}@{self.version}" if self.further else self.full_name

    @property
    def group_version(self) -> str:
        """As `apiVersion` writes it."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def base(self) -> str:
        """The path under which its version lives."""
        return f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"

    def account(self, namespaces: list[str] | None) -> Document:
        """Its line in `recorded.json`; `namespaces` is None when all of them were listed."""
        line: Document = {
            "group": self.group,
            "version": self.version,
            "kind": self.entry.text("kind"),
            "plural": self.plural,
            "singular": self.entry.text("singularName"),
            "namespaced": self.namespaced,
            "shortNames": [*self.entry.names("shortNames")],
            "verbs": [*self.entry.names("verbs")],
            "categories": [*self.entry.names("categories")],
            "namespaces": None if namespaces is None else [*namespaces],
        }
        return line if self.columns is None else {**line, "printerColumns": self.columns}


@dataclass(frozen=True)
class Served:
    """A server's discovery: the documents and the kinds."""

    version: Document
    groups: list[Document] = field(default_factory=list)
    resources: list[Document] = field(default_factory=list)
    kinds: list[ListedKind] = field(default_factory=list)
    aggregated: list[str] = field(default_factory=list)

    def documents(self) -> Document:
        """The discovery documents as `recorded.json` keeps them, and whether the server had them in one piece."""
        documents: Document = {"groups": [*self.groups], "resources": [*self.resources]}
        return {**documents, "aggregated": [*self.aggregated]} if self.aggregated else documents


def read_served(transport: Transport, note: Note) -> Served:
    """Ask the server what it holds; a group version that does not answer goes to `note`.

    Raises:
        Unreachable: when the server is no Kubernetes API or does not answer at all.
    """
    served = Served(version=transport.get("/version").json())
    listed = Node(transport.get("/apis", accept=AGGREGATED).json())
    if listed.text("kind") == "APIGroupDiscoveryList":
        newest = listed.text("apiVersion").rpartition("/")[2]
        served.aggregated.extend(["v2", "v2beta1"] if newest == "v2" else [newest])
        listed = Node(transport.get("/apis").json())
    served.groups.extend(dict(group.raw) for group in listed.nodes("groups"))
    _read_version(transport, served, "", "v1", note)
    for group in listed.nodes("groups"):
        for version in _preferred_first(group):
            _read_version(transport, served, group.text("name"), version, note)
    served.kinds.extend(_further(served))
    return served


def _further(served: Served) -> list[ListedKind]:
    """The versions that tools read for what they tell, where the group prefers another one."""
    found = []
    for kind in served.kinds:
        for version in RICHER.get(kind.full_name, ()):
            entry = _entry(served, kind, version)
            if entry and version != kind.version:
                found.append(replace(kind, version=version, entry=entry, further=True))
            if entry:
                break
    return found


def _entry(served: Served, kind: ListedKind, version: str) -> Node | None:
    lists = [Node(d) for d in served.resources if d.get("groupVersion") == f"{kind.group}/{version}"]
    entries = [entry for listed in lists for entry in listed.nodes("resources")]
    return next((entry for entry in entries if entry.text("name") == kind.plural), None)


def with_columns(kind: ListedKind, definitions: list[Node]) -> ListedKind:
    """The kind with the columns its custom resource definition asks for, when it has one."""
    for definition in definitions:
        spec = definition.node("spec")
        if (spec.text("group"), spec.text("names", "plural")) == (kind.group, kind.plural):
            version = next((v for v in spec.nodes("versions") if v.text("name") == kind.version), Node({}))
            columns = version.value("additionalPrinterColumns") or spec.value("additionalPrinterColumns")
            return replace(kind, columns=columns)
    return kind


def _preferred_first(group: Node) -> list[str]:
    preferred = group.text("preferredVersion", "version")
    return sorted((v.text("version") for v in group.nodes("versions")), key=lambda v: v != preferred)


def _read_version(transport: Transport, served: Served, group: str, version: str, note: Note) -> None:
    try:
        document = transport.get(f"/apis/{group}/{version}" if group else f"/api/{version}").json()
    except InterlockError as error:
        note(f"*.{group}", "", f"discovery of {group}/{version} failed: {error.message}")
        return
    served.resources.append(document)
    have = {(kind.group, kind.plural) for kind in served.kinds}
    for entry in Node(document).nodes("resources"):
        listable = "list" in entry.names("verbs") and "/" not in entry.text("name")
        if listable and (group, entry.text("name")) not in have:
            served.kinds.append(ListedKind(group, version, entry))
