"""The doctor: one line on everything the product needs. Each look is short and its failure is the finding."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from interlock.agent.models import check_usable
from interlock.approvals.settings import ApprovalsSettings
from interlock.core.audit.opened import read_checkpoints
from interlock.core.audit.settings import AuditSettings
from interlock.core.errors import InterlockError, Unreachable
from interlock.core.identity.settings import IdentitySettings
from interlock.core.policy.settings import PolicySettings
from interlock.core.process import REMEDY, sandbox_problem
from interlock.tools.knowledge.library import NOT_SEARCHED
from interlock.tools.mcp.settings import McpServersSettings, called

if TYPE_CHECKING:
    from interlock.agent.runtime import Runtime
    from interlock.core.settings import Settings

State = Literal["ok", "warn", "fail"]
MOST_NOTES = 20
MOST_AT_ONCE = 8
MEND = "mend or remove it under `knowledge` in the settings; the others are searched"
NO_FOLDER = "name folders of runbooks and code under `knowledge` or with --knowledge"


@dataclass(frozen=True)
class Health:
    """One finding; `hint` is the next step, '' when there is none."""

    name: str
    state: State
    detail: str
    hint: str = ""


def examine(runtime: Runtime) -> list[Health]:
    """Every finding, in the order a question would need them."""
    looks: dict[str, Callable[[Runtime], Iterator[Health]]] = {
        "settings": _settings,
        "store": _store,
        "model": _model,
        "identity provider": _identity,
        "cluster": _clusters,
        "changes": _changes,
        "knowledge": _knowledge,
        "index": _index,
        "embedder": _embedder,
        "sandbox": _sandbox,
        "mcp servers": _mcp_servers,
    }
    return [health for name, look in looks.items() for health in _looked(name, look, runtime)]


def _looked(name: str, look: Callable[[Runtime], Iterator[Health]], runtime: Runtime) -> Iterator[Health]:
    try:
        yield from look(runtime)
    except InterlockError as error:
        yield Health(name, "fail", runtime.parts.redactor.clean_text(error.message), error.hint or "")


def _settings(runtime: Runtime) -> Iterator[Health]:
    settings = runtime.parts.settings
    settings.check()
    yield Health("settings", "ok", ", ".join(settings.sources) or "no file; defaults and environment")


def _store(runtime: Runtime) -> Iterator[Health]:
    if runtime.parts.store_problem:
        hint = "answers work, but nothing is kept; check the state directory and store.url"
        yield Health("store", "fail", runtime.parts.store_problem, hint)
        return
    yield Health("store", "ok", str(runtime.parts.store.engine.url.render_as_string(hide_password=True)))
    seals, problems = read_checkpoints(runtime.parts.settings.section(AuditSettings), runtime.parts.state_dir)
    found = runtime.audit.verify(seals)
    if not found.intact:
        hint = "keep a copy of the database as it is; see `interlock audit verify`"
        yield Health("record", "fail", found.problem, hint)
        return
    sealed = f"sealed up to {found.sealed}" if found.sealed else "not sealed yet"
    yield Health("record", "ok", f"{found.records} records, the chain holds, {sealed}")
    for problem in problems:
        yield Health("record", "warn", problem, "see audit.checkpoints in the settings")


def _model(runtime: Runtime) -> Iterator[Health]:
    limits = runtime.limits
    if not limits.model:
        hint = "set INTERLOCK_MODEL, for example anthropic:claude-sonnet-4-5, or go on without"
        yield Health("model", "ok", "built-in; no language model is configured", hint)
        return
    for name in (limits.model, *limits.fallbacks):
        check_usable(name, limits, runtime.parts.environment)
        yield Health("model", "ok", f"{name} can be asked (it was not)")


def _mcp_servers(runtime: Runtime) -> Iterator[Health]:
    """Nothing is asked of them: that is what `interlock mcp-servers list` does."""
    listed = runtime.parts.settings.section(McpServersSettings).servers
    for server in sorted(listed):
        tools = {called(server, tool) for tool in listed[server].tools}
        missing = len(tools - runtime.remote.keys())
        if missing and runtime.parts.replay is None:
            detail = f"{server}: {missing} of {len(tools)} listed tools are not accepted"
            yield Health("mcp servers", "warn", detail, f"interlock mcp-servers accept {server}")
        else:
            said = (
                "not asked beside a replay" if runtime.parts.replay else f"{len(tools)} listed and accepted"
            )
            yield Health("mcp servers", "ok", f"{server}: {said}")


def _clusters(runtime: Runtime) -> Iterator[Health]:
    clusters = runtime.parts.clusters
    if not clusters.names:
        yield Health(
            "cluster",
            "warn",
            "none is configured",
            "choose a context of your kubeconfig, name one in interlock.yaml, or use --replay DIR",
        )
    # Side by side: a cluster behind a firewall costs its own timeout, not the sum of all.
    with ThreadPoolExecutor(max_workers=max(1, min(len(clusters.names), MOST_AT_ONCE))) as pool:
        yield from pool.map(lambda name: _cluster(runtime, name), clusters.names)
    for problem in clusters.problems:
        yield Health("replay", "warn", runtime.parts.redactor.clean_text(problem))


def _changes(runtime: Runtime) -> Iterator[Health]:
    settings = runtime.parts.settings
    section = settings.section(ApprovalsSettings)
    opened = runtime.approvals
    if opened is None:
        yield Health(
            "changes", "ok", "off: nothing can be requested", "set approvals.enabled to take requests"
        )
        return
    if why := opened.desk.halted():
        yield Health("changes", "warn", f"halted: {why}", "interlock resume, by somebody who may decide")
    yield from _deciders(settings, section)
    if section.split:
        yield Health("changes", "ok", "this process only takes requests")
    elif section.clusters or runtime.parts.replay:
        where = ", ".join(section.clusters) or "no cluster: a replay, on which nothing is executed"
        yield Health("changes", "ok", f"requests, decisions and executions, on {where}")
    else:
        yield Health("changes", "warn", "no cluster may be changed", "name one in approvals.clusters")


def _deciders(settings: Settings, section: ApprovalsSettings) -> Iterator[Health]:
    """What is missing for anybody to decide."""
    if section.solo:
        yield Health(
            "changes", "warn", "solo: one person may approve what they asked for", "for toy clusters only"
        )
        return
    identity = settings.section(IdentitySettings)
    if settings.section(PolicySettings).bundle is None:
        yield Health("changes", "warn", "no policy names who may request and decide", "set policy.bundle")
    if identity.oidc is None and not section.split:
        yield Health("changes", "warn", "nobody can sign in to decide", "set identity.oidc")
    if not identity.people:
        said = "nobody is mapped in identity.people: nobody can ask or decide"
        yield Health("changes", "warn", said, "name people and their ids there")
    if not section.url:
        said = "approvals.url is not set: cards carry no link to the page"
        yield Health("changes", "warn", said, "set it to where people decide, as browsers see it")


def _identity(runtime: Runtime) -> Iterator[Health]:
    from interlock.core.clock import SystemClock
    from interlock.core.identity.oidc import Issuer
    from interlock.core.outbound import Outbound

    oidc = runtime.parts.settings.section(IdentitySettings).oidc
    if oidc is None:
        return
    try:
        count = Issuer(oidc, Outbound(seconds=5, attempts=1), SystemClock()).keys()
    except InterlockError as error:
        said, hint = (
            f"{oidc.issuer}: {error.message}",
            "until it answers nobody can sign in; see identity.oidc",
        )
        yield Health("identity provider", "fail", runtime.parts.redactor.clean_text(said), hint)
    else:
        yield Health("identity provider", "ok", f"{oidc.issuer} answers, with {count} keys")


def _cluster(runtime: Runtime, name: str) -> Health:
    clusters = runtime.parts.clusters
    default = " (the default)" if len(clusters.names) > 1 and name == clusters.default else ""
    try:
        version = clusters.reader(name, runtime.parts.principal).version()
    except InterlockError as error:
        said = runtime.parts.redactor.clean_text(error.message)
        hint = "is it up, and is that its address?" if isinstance(error, Unreachable) else error.hint
        return Health("cluster", "fail", f"{name}{default}: {said}", hint or "")
    return Health("cluster", "ok", f"{name}{default} answers, version {version}")


def _knowledge(runtime: Runtime) -> Iterator[Health]:
    library = runtime.parts.knowledge
    folders = ", ".join(str(folder.path) for folder in library.folders)
    notes = library.notes
    yield Health("knowledge", "ok", folders or "no folder of your own", "" if folders else NO_FOLDER)
    for said in library.unread():
        lost = said.startswith(NOT_SEARCHED)
        clean = runtime.parts.redactor.clean_text(said)
        yield Health("knowledge", "fail" if lost else "warn", clean, MEND if lost else "")
    for note in notes[:MOST_NOTES]:
        yield Health("knowledge", "warn", f"{note.path}: {note.message}")


def _index(runtime: Runtime) -> Iterator[Health]:
    from interlock.index.building import state

    library = runtime.parts.knowledge
    ways, _ = library.ways()
    for found in (state(source, ways) for source in library.sources()):
        said = f"{found.source.path}: {found.files} files, {found.chunks} sections"
        if found.problem:
            yield Health("index", "warn", f"{said}: {found.problem}", "run `interlock index build`")
        else:
            yield Health("index", "ok", said + (f", {found.vectors} vectors" if found.vectors else ""))


def _embedder(runtime: Runtime) -> Iterator[Health]:
    """Every byte of a local model is checked; a hosted one is not asked, since that costs money."""
    from interlock.index.embedding.local import LocalEmbedder, verify

    ways, missing = runtime.parts.knowledge.ways()
    found = ways.embedder
    if found is None:
        reason, _, hint = missing.partition(": ")
        yield Health(
            "embedder", "warn" if missing else "ok", f"words alone: {reason or 'none is wanted'}", hint
        )
        return
    if isinstance(found, LocalEmbedder):
        verify(found.folder)
    checked = "every byte as built" if isinstance(found, LocalEmbedder) else "it was not asked"
    yield Health("embedder", "ok", f"{found.id}: {checked}")


def _sandbox(_: Runtime) -> Iterator[Health]:
    problem = sandbox_problem()
    lost = "history of code and drift of charts and kustomizations are refused"
    if problem:
        yield Health("sandbox", "warn", f"{problem}: {lost}", REMEDY)
    else:
        yield Health("sandbox", "ok", "programs that read other people's files run apart from this machine")
