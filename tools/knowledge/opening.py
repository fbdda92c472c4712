"""From the settings to sources, an embedder and a vector store. Nothing is opened before it is used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from interlock.tools.knowledge.library import Folder, Means
from interlock.tools.knowledge.settings import KnowledgeSettings, SourceSettings

if TYPE_CHECKING:
    from interlock.index.chunks import Clean
    from interlock.index.embedding import Embedder
    from interlock.index.store.remote import Remote


_OURS = ("local", "none")
"""Embedders that send nothing anywhere."""


def folders(section: KnowledgeSettings) -> list[Folder]:
    """What is configured to be searched."""
    plain = [Folder(Path(folder).expanduser()) for folder in section.folders]
    return list(dict.fromkeys([*plain, *map(_folder, section.sources)]))


def means(
    section: KnowledgeSettings,
    clean: Clean,
    rules: str,
    cache_dir: Path,
    environment: Mapping[str, str],
    may_embed: Callable[[str, str], bool] = lambda _provider, _source: True,
) -> Means:
    """How sources are read, kept and embedded; `may_embed` is whether a provider may be given a source's text."""
    chosen = section.embedder.provider
    provider = "" if chosen in _OURS else chosen
    return Means(
        clean,
        rules,
        cache_dir,
        lambda: _embedder(section, clean, cache_dir, environment),
        lambda source, model: _remote(section, source, model, environment),
        provider,
        lambda source: may_embed(provider, source),
    )


def _folder(source: SourceSettings) -> Folder:
    from interlock.index.git import Remote as GitRemote

    git = GitRemote(source.git, source.ref, source.token_variable) if source.git else None
    path = Path(source.git) if git else Path(source.path).expanduser() / source.folder
    return Folder(
        path,
        source.kind,
        tuple(source.include),
        tuple(source.exclude),
        tuple(source.readers),
        git,
        source.folder if git else "",
    )


def _embedder(
    section: KnowledgeSettings, clean: Clean, cache_dir: Path, environment: Mapping[str, str]
) -> tuple[Embedder | None, str]:
    """The model, or None and why there is none; two empty ones when none is wanted."""
    wanted = section.embedder
    if wanted.provider == "none":
        return None, ""
    if wanted.provider == "local":
        from interlock.index.embedding.local import Missing, open_local

        found = open_local(cache_dir)
        return (None, f"{found.reason}: {found.hint}") if isinstance(found, Missing) else (found, "")
    from interlock.index.embedding.hosted import Service, open_hosted

    service = Service(
        provider=wanted.provider,
        model=wanted.model,
        url=wanted.url,
        key=environment.get(wanted.key_variable, "") if wanted.key_variable else "",
        dimensions=wanted.dimensions,
        region=wanted.region,
        project=wanted.project,
        api_version=wanted.api_version,
        batch=wanted.batch,
    )
    return open_hosted(service, clean), ""


def _remote(
    section: KnowledgeSettings, source: str, model: str, environment: Mapping[str, str]
) -> Remote | None:
    if section.vectors != "chroma":
        return None
    from interlock.index.store.chroma import open_chroma

    chroma = section.chroma
    token = environment.get(chroma.token_variable, "") if chroma.token_variable else ""
    return open_chroma(source, model, url=chroma.url, path=chroma.path, token=token)
