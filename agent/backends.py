"""The backends of a runtime: logs, monitors and knowledge. Tools find them by type; a missing one becomes a limit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from interlock.core.redaction import Redactor
from interlock.core.redaction.version import rules_id
from interlock.core.replay.manifest import Replay
from interlock.core.settings import Settings
from interlock.core.store import Store
from interlock.tools.knowledge import opening
from interlock.tools.knowledge.library import Folder, Library
from interlock.tools.knowledge.settings import KnowledgeSettings
from interlock.tools.mcp.servers import McpServers
from interlock.tools.mcp.settings import McpServersSettings


def open_backends(replay: Replay | None, knowledge: Library) -> tuple[object, ...]:
    """What can be looked at beside clusters; nothing is read yet."""
    from interlock.tools.logs.jsonl import JsonLinesLogs
    from interlock.tools.metrics.monitors import MonitorFile

    logs = [JsonLinesLogs(replay.logs)] if replay and replay.logs else []
    monitors = [MonitorFile(replay.monitors)] if replay and replay.monitors else []
    return (*logs, *monitors, knowledge)


def open_servers(settings: Settings, store: Store, redactor: Redactor) -> McpServers | None:
    """The other MCP servers that are configured; None without any. Nothing is asked yet."""
    section = settings.section(McpServersSettings)
    return McpServers(section, store, redactor) if section.servers else None


def open_knowledge(
    settings: Settings,
    replay: Replay | None,
    named: Sequence[Path],
    redactor: Redactor,
    cache_dir: Path,
    environment: Mapping[str, str] | None = None,
    may_embed: Callable[[str, str], bool] = lambda _provider, _source: True,
) -> Library:
    """The folders that are searched: those named, those configured, a replay's code, then the shipped runbooks."""
    section = settings.section(KnowledgeSettings)
    configured = [] if replay else opening.folders(section)
    own = [Folder(path) for path in dict.fromkeys(named)]
    code = [Folder(replay.iac, "iac")] if replay and replay.iac else []
    return Library(
        [*own, *(folder for folder in configured if folder not in own), *code],
        means=opening.means(
            section, redactor.clean_text, rules_id(), cache_dir, environment or {}, may_embed
        ),
        use_shipped_runbooks=section.use_shipped_runbooks,
    )
