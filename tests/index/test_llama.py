"""Our parts plugged into llama-index."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fakes.embedders import Words

from interlock.index.chunks import Corpus
from interlock.index.search import Index

Load = Callable[[dict[str, str | bytes]], Corpus]
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
PAGE = "# Limpet\nhunter2 is here\n\n## Fix\nrestart the limpet\n"


def test_a_pipeline_of_ours_splits_redacts_and_embeds_with_stable_names() -> None:
    from llama_index.core.schema import Document

    from interlock.index.llama import pipeline

    words = Words()
    made = [
        pipeline(lambda text: text.replace("hunter2", "[gone]"), words, disable_cache=True).run(
            documents=[Document(text=PAGE, metadata={"file_path": "a.md"})]
        )
        for _ in range(2)
    ]
    assert [node.node_id for node in made[0]] == [node.node_id for node in made[1]]
    assert [(n.metadata["start_line"], n.metadata["trail"]) for n in made[0]] == [
        (1, "Limpet"),
        (4, "Limpet > Fix"),
    ]
    assert all(node.embedding and len(node.embedding) == words.dimensions for node in made[0])
    assert "hunter2" not in repr([node.get_content() for node in made[0]]) + repr(words.texts)


def test_the_retriever_gives_our_hits(load: Load) -> None:
    from interlock.index.llama import IndexRetriever

    corpus: Corpus = load({"a.md": PAGE, "b.md": "# Whelk\nfeed the whelk"})
    found = IndexRetriever(Index.build([corpus]), k=1).retrieve("restart limpet")
    assert [(hit.node.metadata["file_path"], hit.node.metadata["start_line"]) for hit in found] == [
        ("a.md", 4)
    ]
    assert (found[0].score or 0) > 0
