"""Our splitter, embedder and search as llama-index parts, for whoever builds with it; imported by nothing else here.

Not on our own way in: its pipeline keeps its docstore in a file of its own, so it cannot be one transaction with the
vectors, names nodes by chance, and costs 1.2 to 2.8 CPU-s to import, while our writer reads, redacts, splits and
stores the 505 public pages in 1.3 CPU-s. Text passes the redactor here too, before it is split.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.embeddings import BaseEmbedding
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.schema import BaseNode, NodeWithScore, QueryBundle, TextNode, TransformComponent
from pydantic import PrivateAttr

from interlock.index import sources
from interlock.index.chunks import Chunk, Clean, Note
from interlock.index.embedding import Embedder
from interlock.index.search import Hit, Index
from interlock.index.store.entry import content_ids

PATH = "file_path"


class SectionSplitter(TransformComponent):
    """Documents to redacted heading sections and blocks of code, named by content id. `file_path` tells the format."""

    _clean: Clean = PrivateAttr()
    _source: str = PrivateAttr()

    def __init__(self, clean: Clean, source: str = "") -> None:
        super().__init__()
        self._clean, self._source = clean, source

    def __call__(self, nodes: Sequence[BaseNode], **kwargs: Any) -> list[BaseNode]:  # noqa: ANN401 - its own form
        """Split."""
        return [made for node in nodes for made in self._split(node)]

    def _split(self, node: BaseNode) -> list[BaseNode]:
        path = str(node.metadata.get(PATH) or node.node_id)
        # A document holds text already, whatever the file was: it is read as text and split by the file's name.
        text = sources.cleaned("page.md", node.get_content().encode(), self._clean)
        if isinstance(text, Note):
            return []
        chunks, _ = sources.split(path, text.lines, None)
        ids = content_ids(self._source, path, chunks)
        return [_node(chunk, key) for chunk, key in zip(chunks, ids, strict=True) if chunk.role == "text"]


class EmbedderAdapter(BaseEmbedding):
    """One of our embedders, as llama-index asks one."""

    _embedder: Embedder = PrivateAttr()

    def __init__(self, embedder: Embedder) -> None:
        super().__init__(model_name=embedder.id)
        self._embedder = embedder

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return [[float(value) for value in row] for row in self._embedder.embed(texts)]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)


class IndexRetriever(BaseRetriever):
    """Our search, as llama-index asks one. Give it an index of what the asker may see, and no other."""

    def __init__(self, index: Index, k: int = 10) -> None:
        super().__init__()
        self._index, self._k = index, k

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._index.search(query_bundle.query_str, self._k)
        return [NodeWithScore(node=_hit_node(hit), score=hit.score) for hit in hits]


def pipeline(clean: Clean, embedder: Embedder, source: str = "", **how: Any) -> IngestionPipeline:  # noqa: ANN401 - its own options
    """An ingestion pipeline of ours; `how` takes its docstore and vector store."""
    return IngestionPipeline(
        transformations=[SectionSplitter(clean, source), EmbedderAdapter(embedder)], **how
    )


def _node(chunk: Chunk, key: bytes) -> TextNode:
    lines = {"start_line": chunk.start_line, "end_line": chunk.end_line}
    about = {PATH: chunk.path, "title": chunk.title, "trail": " > ".join(chunk.trail), **lines}
    return TextNode(id_=key.hex(), text=chunk.text, metadata=about)


def _hit_node(hit: Hit) -> TextNode:
    about = {PATH: hit.path, "title": hit.title, "start_line": hit.start_line, "end_line": hit.end_line}
    return TextNode(text=hit.text, metadata={**about, "weak": hit.weak})
