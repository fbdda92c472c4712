"""The certificates of one throw-away control plane: two authorities, a server, and one client for each part.

Elliptic-curve keys, because they are made in a millisecond; valid for two days; nothing leaves the folder.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SERVER_NAMES = ("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc")
SERVER_ADDRESSES = ("127.0.0.1", "10.0.0.1")
CLIENTS = {  # file name -> (common name, organisation)
    "admin": ("admin", "system:masters"),
    "controller-manager": ("system:kube-controller-manager", None),
    "scheduler": ("system:kube-scheduler", None),
    "apiserver-kubelet": ("apiserver-kubelet-client", "system:masters"),
}


@dataclass(frozen=True)
class Pair:
    """A certificate with its key, in memory."""

    cert: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def write_pki(folder: Path) -> None:
    """Write NAME.crt and NAME.key for every part into `folder`, and `service-account.key`."""
    folder.mkdir(parents=True, exist_ok=True)
    authority, front_proxy = _issue("test-ca"), _issue("test-front-proxy-ca")
    pairs = {"ca": authority, "front-proxy-ca": front_proxy}
    for name in ("server", "kubelet"):
        pairs[name] = _issue(f"test-{name}", signer=authority)
    for name, (common, organisation) in CLIENTS.items():
        pairs[name] = _issue(common, organisation, signer=authority)
    pairs["front-proxy"] = _issue("front-proxy-client", signer=front_proxy)
    for name, pair in pairs.items():
        (folder / f"{name}.crt").write_bytes(pair.cert.public_bytes(serialization.Encoding.PEM))
        _write_key(folder / f"{name}.key", pair.key)
    _write_key(folder / "service-account.key", ec.generate_private_key(ec.SECP256R1()))


def _issue(common: str, organisation: str | None = None, *, signer: Pair | None = None) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(common, organisation)
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(signer.cert.subject if signer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=signer is None, path_length=None), critical=True)
        .add_extension(_usage(authority=signer is None), critical=True)
    )
    if signer is not None:
        both = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = builder.add_extension(x509.ExtendedKeyUsage(both), critical=False)
        builder = builder.add_extension(_alternative_names(), critical=False)
    return Pair(builder.sign(signer.key if signer else key, hashes.SHA256()), key)


def _name(common: str, organisation: str | None) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common)]
    if organisation:
        parts.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation))
    return x509.Name(parts)


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _alternative_names() -> x509.SubjectAlternativeName:
    addresses = [x509.IPAddress(ipaddress.ip_address(a)) for a in SERVER_ADDRESSES]
    return x509.SubjectAlternativeName([*(x509.DNSName(n) for n in SERVER_NAMES), *addresses])


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    path.touch(mode=0o600)
    path.write_bytes(pem)
