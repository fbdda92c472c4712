"""Credential files and replies that say by their form that they are: JWK, service accounts, Vault and cloud CLIs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from interlock.core.redaction.shapes import Hit, Shape

_PRIVATE_JWK = ("d", "p", "q", "dp", "dq", "qi", "k", "oth")


def jwk(node: Mapping[str, object]) -> Iterator[Hit]:
    """The private members of a JSON Web Key."""
    if "kty" in node:
        yield from (((key,), "private-key") for key in _PRIVATE_JWK if key in node)


def service_account(node: Mapping[str, object]) -> Iterator[Hit]:
    """A Google service account key file."""
    if node.get("type") in ("service_account", "authorized_user", "external_account"):
        yield from (
            ((k,), "gcp-credential")
            for k in ("private_key", "private_key_id", "client_secret", "refresh_token")
            if k in node
        )


def vault_reply(node: Mapping[str, object]) -> Iterator[Hit]:
    """A Vault read: everything under `data`, and the token of a login."""
    if "lease_id" not in node or "lease_duration" not in node:
        return
    data = node.get("data")
    if isinstance(data, Mapping):
        inner = "data" if isinstance(data.get("data"), Mapping) and "metadata" in data else None
        yield (("data", inner) if inner else ("data",)), "vault"
    if isinstance(node.get("auth"), Mapping):
        yield from ((("auth", key), "vault") for key in ("client_token", "accessor"))


def cloud_credentials(node: Mapping[str, object]) -> Iterator[Hit]:
    """AWS STS and instance metadata replies, `az account get-access-token`."""
    if "SecretAccessKey" in node or "accessToken" in node:
        keys = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Token", "accessToken", "refreshToken")
        yield from (((key,), "cloud-credential") for key in keys if key in node)


def exec_credential(node: Mapping[str, object]) -> Iterator[Hit]:
    """What a client-go exec plugin prints; TokenRequest and TokenReview too."""
    for part in ("status", "spec"):
        if node.get("kind") in ("ExecCredential", "TokenRequest", "TokenReview") and isinstance(
            node.get(part), Mapping
        ):
            yield from (((part, key), "token") for key in ("token", "clientKeyData"))


SHAPES: tuple[Shape, ...] = (
    Shape("jwk", "RFC 7517, RFC 7518 section 6", ('"kty',), jwk, {"kty": "oct", "k": "SECRET-11"}, "SECRET-11"),
    Shape("service-account", "Google Cloud: service account keys", ("service_account", "authorized_user", "external_account"),
          service_account, {"type": "service_account", "private_key_id": "SECRET-11"}, "SECRET-11"),
    Shape("vault", "Vault HTTP API", ("lease_id",), vault_reply,
          {"lease_id": "", "lease_duration": 1, "data": {"a": "SECRET-11"}}, "SECRET-11"),
    Shape("cloud-credentials", "AWS STS, Azure CLI", ("SecretAccessKey", "accessToken"), cloud_credentials,
          {"SecretAccessKey": "SECRET-11"}, "SECRET-11"),
    Shape("exec-credential", "client.authentication.k8s.io/v1", ("ExecCredential", "TokenRequest", "TokenReview"),
          exec_credential, {"kind": "ExecCredential", "status": {"token": "SECRET-11"}}, "SECRET-11"),
)  # fmt: skip
