"""A client certificate that TLS has verified, as a principal.

Only names the CA vouched for count: the URI, e-mail and DNS entries of subjectAltName, in this order; the subject's
common name is not used. The alias is then mapped to a person or a service like any other.
"""

from __future__ import annotations

from collections.abc import Mapping

from interlock.core.errors import NotSignedIn
from interlock.core.identity.principal import Principal, PrincipalKind

_ORDER = ("URI", "email", "DNS")


def principal_of(certificate: Mapping[str, object] | None, surface: str) -> Principal:
    """Who a verified peer certificate stands for.

    Args:
        certificate: as `ssl.SSLSocket.getpeercert()` gives it; empty when none was presented or verified.
        surface: where it was presented.

    Raises:
        NotSignedIn: when there is none, or it names nobody.
    """
    if not certificate:
        raise NotSignedIn("no client certificate was presented")
    names = certificate.get("subjectAltName")
    entries = [entry for entry in names if isinstance(entry, tuple)] if isinstance(names, tuple) else []
    for wanted in _ORDER:
        for entry in entries:
            if len(entry) == 2 and entry[0] == wanted:
                kind: PrincipalKind = "person" if wanted == "email" else "service"
                return Principal(f"cert:{wanted.lower()}:{entry[1]}", kind=kind, surface=surface)
    raise NotSignedIn("the client certificate has no subjectAltName", hint="issue it with a URI or an e-mail")
