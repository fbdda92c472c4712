"""Which knowledge there is to search, who may, and by which model."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Provider = Literal["local", "none", "openai", "azure", "ollama", "bedrock", "vertex"]


class SourceSettings(BaseModel):
    """A folder or a Git repository. `readers` are the groups that may see it; everybody may when there are none."""

    model_config = ConfigDict(extra="forbid")

    path: str = ""
    git: str = ""
    ref: str = ""
    token_variable: str = ""
    folder: str = ""
    kind: Literal["runbook", "iac"] | None = None
    include: list[str] = Field(default_factory=list)
    exclude: list[str] = Field(default_factory=list)
    readers: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _one_place(self) -> SourceSettings:
        if bool(self.path) == bool(self.git):
            raise ValueError("a source has either a path or git, not both")
        return self


class EmbedderSettings(BaseModel):
    """The embedding model. A hosted one is sent redacted text; `key_variable` names where its key is."""

    model_config = ConfigDict(extra="forbid")

    provider: Provider = "local"
    model: str = ""
    url: str = ""
    key_variable: str = ""
    dimensions: int = Field(0, ge=0, le=8192)
    region: str = ""
    project: str = ""
    api_version: str = "2024-10-21"
    batch: int = Field(64, ge=1, le=256)
    price_per_million_tokens: float = Field(0.0, ge=0)


class ChromaSettings(BaseModel):
    """Where Chroma is: a server by `url`, which is then asked, or a folder by `path`, which is a copy for others."""

    model_config = ConfigDict(extra="forbid")

    url: str = ""
    path: str = ""
    token_variable: str = ""


class KnowledgeSettings(BaseModel):
    """`folders` and `sources` hold runbooks and infrastructure code; the runbooks we ship are searched after them."""

    model_config = ConfigDict(extra="forbid")

    folders: list[str] = Field(default_factory=list)
    sources: list[SourceSettings] = Field(default_factory=list)
    use_shipped_runbooks: bool = True
    embedder: EmbedderSettings = Field(default_factory=lambda: EmbedderSettings.model_validate({}))
    vectors: Literal["exact", "chroma"] = "exact"
    chroma: ChromaSettings = Field(default_factory=ChromaSettings)

    @model_validator(mode="after")
    def _chroma_somewhere(self) -> KnowledgeSettings:
        if self.vectors == "chroma" and bool(self.chroma.url) == bool(self.chroma.path):
            raise ValueError("vectors: chroma needs chroma.url or chroma.path")
        return self
