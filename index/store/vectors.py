"""Embeds the chunks that have no vector yet, a batch at a time; each batch is durable before the next is sent.

Only text that passed the redactor is in an index, so nothing else can reach a hosted model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from interlock.core.errors import InterlockError
from interlock.index.passage import passage
from interlock.index.store.ingest import Progress, silent
from interlock.index.store.ledger import Ledger
from interlock.index.store.schema import PASSAGE

if TYPE_CHECKING:
    from interlock.index.embedding import Embedder

BATCH = 64
_TOKEN_CHARS = 4
"""A rule of thumb for English prose and code; the provider's bill is what counts."""

Kept = Callable[[Sequence[tuple[bytes, bytes, str]]], None]


@dataclass(frozen=True)
class Estimate:
    """What embedding the rest of an index would take."""

    chunks: int
    tokens: int

    def price(self, per_million: float) -> float:
        """In whatever money `per_million` tokens are priced."""
        return self.tokens * per_million / 1_000_000


class OtherModel(InterlockError):
    """The index holds vectors of another model."""


def model_id(embedder: Embedder) -> str:
    """Names the vectors: the model and the form of what was embedded."""
    return f"{embedder.id} passage-{PASSAGE}"


def estimate(ledger: Ledger) -> Estimate:
    """What is still to be embedded; tokens are estimated by length."""
    pending = ledger.pending()
    size = 0
    for start in range(0, len(pending), BATCH):
        found = ledger.texts(pending[start : start + BATCH])
        size += sum(len(passage(title, trail, text)) for _, title, trail, text in found.values())
    return Estimate(len(pending), -(-size // _TOKEN_CHARS))


def embed(
    ledger: Ledger,
    embedder: Embedder,
    *,
    progress: Progress = silent,
    kept: Kept = lambda _: None,
) -> int:
    """Embed what is pending; how many chunks that were.

    Args:
        ledger: An index file that this process writes.
        embedder: The model.
        progress: Hears of each batch.
        kept: Is given id, vector and path of each chunk once they are durable, for a vector store elsewhere.

    Raises:
        OtherModel: when the index holds vectors of another model.
        Unreachable: when the model cannot be asked; what was embedded before is kept.
    """
    _claim(ledger, model_id(embedder))
    pending = ledger.pending()
    for start in range(0, len(pending), BATCH):
        batch = pending[start : start + BATCH]
        found = ledger.texts(batch)
        rows = embedder.embed([passage(title, trail, text) for _, title, trail, text in found.values()])
        made = [
            (key, row.astype("<f4").tobytes(), about[0])
            for (key, about), row in zip(found.items(), rows, strict=True)
        ]
        with ledger.transaction() as generation:
            ledger.keep_vectors([(key, vector) for key, vector, _ in made], generation)
        kept(made)
        progress("embedding", min(start + BATCH, len(pending)), len(pending))
    return len(pending)


def _claim(ledger: Ledger, model: str) -> None:
    had = ledger.about("embedder")
    if had and had != model and ledger.totals()["vectors"]:
        raise OtherModel(
            f"the index holds vectors of {had}, not of {model}", hint="run `interlock index rebuild`"
        )
    if had != model:
        with ledger.transaction():
            ledger.set_about("embedder", model)
