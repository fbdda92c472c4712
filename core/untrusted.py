"""Text from outside, as a type of its own, so that forgetting to redact does not type-check.

Threat: a log line, manifest or error text carries a secret or an instruction into a model, a chat or a log.
Mechanism: `Untrusted` is not a `str` and converts to nothing; printing it shows its length only.
Guarantee: the text leaves through `interlock.core.redaction.Redactor` alone, the one reader of the private slot.
"""

from __future__ import annotations

from typing import NewType, NoReturn, final

CleanText = NewType("CleanText", str)
"""Text that went through the redactor. Only the redactor makes one."""


@final
class Untrusted:
    """Text as it came from a backend, a file or a person. Its only exit is the redactor."""

    __slots__ = ("_Untrusted__text",)

    def __init__(self, text: str) -> None:
        self._Untrusted__text = text

    @classmethod
    def from_bytes(cls, raw: bytes) -> Untrusted:
        """Take bytes off the wire; what is not UTF-8 becomes U+FFFD."""
        return cls(raw.decode("utf-8", errors="replace"))

    def __len__(self) -> int:
        return len(self._Untrusted__text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Untrusted):
            return NotImplemented
        return self._Untrusted__text == other._Untrusted__text

    def __hash__(self) -> int:
        return hash(("Untrusted", self._Untrusted__text))

    def __add__(self, other: Untrusted) -> Untrusted:
        if not isinstance(other, Untrusted):
            return NotImplemented
        return Untrusted(self._Untrusted__text + other._Untrusted__text)

    def __repr__(self) -> str:
        return f"Untrusted({len(self)} characters)"

    def __str__(self) -> NoReturn:
        raise TypeError(_REFUSAL)

    def __format__(self, spec: str) -> NoReturn:
        raise TypeError(_REFUSAL)

    def __reduce__(self) -> NoReturn:
        # Pickle and copyreg would carry the text past every type check.
        raise TypeError(_REFUSAL)

    def __copy__(self) -> Untrusted:
        return self

    def __deepcopy__(self, memo: object) -> Untrusted:
        return self


_REFUSAL = "text from outside has no plain form: pass it through Redactor.clean first"
