"""Second places for checkpoints: a file that is only appended to, an HTTPS endpoint, an S3 bucket.

A file on the same machine holds against somebody with the database alone; a bucket with Object Lock or an endpoint
of another team holds against somebody with the machine.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from interlock.core.audit.checkpoint import Checkpoint, Place, parsed
from interlock.core.errors import BadInput, InterlockError, NotServed, Unreachable

if TYPE_CHECKING:
    from interlock.core.outbound import Outbound


class FilePlace:
    """One JSON line a checkpoint."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._path = path

    def put(self, checkpoint: Checkpoint) -> None:
        """Append and flush to the disk."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                # One write of one line: two processes that append never mix.
                os.write(descriptor, checkpoint.line().encode() + b"\n")
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise InterlockError(f"cannot write {self._path}: {error.strerror}") from error

    def read(self) -> list[Checkpoint]:
        """All of them; none when the file does not exist."""
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            raise InterlockError(f"cannot read {self._path}: {error}") from error
        return [parsed(line, f"{self._path}:{number}") for number, line in enumerate(lines, start=1) if line]


class HttpPlace:
    """POSTs each checkpoint; GET of the same URL gives JSON lines where the endpoint offers that."""

    def __init__(self, url: str, outbound: Outbound) -> None:
        self.name = url
        self._url = url
        self._out = outbound

    def put(self, checkpoint: Checkpoint) -> None:
        """Send it; anything but 2xx is a failure."""
        self._out.post(self._url, checkpoint.line().encode(), content_type="application/json")

    def read(self) -> list[Checkpoint]:
        """All that the endpoint gives back."""
        text = self._out.get(self._url)
        lines = text.decode("utf-8", "replace").splitlines()
        return [parsed(line, f"{self._url}:{n}") for n, line in enumerate(lines, start=1) if line.strip()]


class S3Place:
    """One object a checkpoint under `s3://bucket/prefix/`. Needs the `aws` extra; Object Lock is the bucket's."""

    def __init__(self, url: str) -> None:
        self.name = url
        bucket, _, prefix = url.removeprefix("s3://").partition("/")
        if not bucket:
            raise BadInput(f"{url} names no bucket", hint="s3://BUCKET/PREFIX")
        self._bucket, self._prefix = bucket, prefix.strip("/")

    def put(self, checkpoint: Checkpoint) -> None:
        """Write an object whose name sorts by size."""
        key = "/".join(filter(None, (self._prefix, f"{checkpoint.size:012d}-{checkpoint.head[:16]}.json")))
        try:
            _s3().put_object(Bucket=self._bucket, Key=key, Body=checkpoint.line().encode())
        except InterlockError:
            raise
        except Exception as error:  # the SDK's own tree of errors, which is not installed everywhere
            raise Unreachable(f"the bucket answered: {type(error).__name__}") from error

    def read(self) -> list[Checkpoint]:
        """All objects under the prefix, by name."""
        try:
            client = _s3()
            keys = sorted(_keys(client, self._bucket, self._prefix))
            bodies = [client.get_object(Bucket=self._bucket, Key=key)["Body"].read().decode() for key in keys]
        except InterlockError:
            raise
        except Exception as error:
            raise Unreachable(f"the bucket answered: {type(error).__name__}") from error
        return [parsed(body, f"{self.name}:{key}") for key, body in zip(keys, bodies, strict=True)]


def place_of(url: str, outbound: Outbound) -> Place:
    """A place by its URL: `https://...`, `s3://bucket/prefix`, or the path of a file.

    Raises:
        BadInput: for plain http beyond this machine.
    """
    if url.startswith("s3://"):
        return S3Place(url)
    if url.startswith(("https://", "http://")):
        return HttpPlace(url, outbound)
    return FilePlace(Path(url.removeprefix("file://")))


class _Bucket(Protocol):
    """The part of boto3's S3 client that is used."""

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> object: ...

    def get_object(self, *, Bucket: str, Key: str) -> Mapping[str, IO[bytes]]: ...

    def list_objects_v2(
        self, *, Bucket: str, Prefix: str, StartAfter: str
    ) -> Mapping[str, Sequence[Mapping[str, str]]]: ...


def _s3() -> _Bucket:
    try:
        import boto3
    except ImportError:
        raise NotServed("S3 needs the aws extra", hint="pip install 'interlock[aws]'") from None
    client: _Bucket = boto3.client("s3")
    return client


def _keys(client: _Bucket, bucket: str, prefix: str) -> list[str]:
    found: list[str] = []
    while page := client.list_objects_v2(
        Bucket=bucket, Prefix=prefix, StartAfter=found[-1] if found else ""
    ).get("Contents"):
        found += [item["Key"] for item in page]
    return found
