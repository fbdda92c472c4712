"""What a program in the sandbox tries, and does not get."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from interlock.core.errors import Forbidden, InterlockError, NotFound, Refused, Unreachable
from interlock.core.process import Finished, Sandbox, run

Shell = Callable[..., Finished]
CANARY = "canary-7391"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Input with one file."""
    made = tmp_path / "input"
    made.mkdir()
    (made / "page.md").write_text("held\n")
    return made


@pytest.fixture
def inside(folder: Path) -> Shell:
    """Runs a shell command in a sandbox that may read `folder`."""

    def call(command: str, seconds: float = 20, **limits: int) -> Finished:
        return run(["sh", "-c", command], sandbox=Sandbox((folder,), **limits), seconds=seconds, cwd=folder)

    return call


def test_the_input_can_be_read(inside: Shell) -> None:
    assert inside("cat page.md").out == b"held\n"


def test_the_input_cannot_be_written(inside: Shell, folder: Path) -> None:
    done = inside("echo changed > page.md; rm page.md; touch new; mkdir sub; chmod 777 .")
    assert done.code != 0
    assert [path.name for path in folder.iterdir()] == ["page.md"]
    assert (folder / "page.md").read_text() == "held\n"


def test_nothing_beside_the_input_can_be_read(inside: Shell, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(CANARY)
    done = inside(
        f"cat {tmp_path}/secret /etc/shadow /etc/passwd /etc/hosts; ls {Path.home()} /root /home /var /run"
    )
    assert done.out == b""
    assert b"No such file" in done.err


def test_a_link_out_of_the_input_leads_nowhere(inside: Shell, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(CANARY)
    (folder / "link").symlink_to(tmp_path / "secret")
    assert CANARY.encode() not in inside("cat link").out


def test_neither_our_environment_nor_that_of_our_processes_can_be_read(inside: Shell) -> None:
    os.environ["INTERLOCK_TEST_CANARY"] = CANARY
    try:
        done = inside("env; cat /proc/*/environ; ls /proc | grep -c '^[0-9]'")
    finally:
        del os.environ["INTERLOCK_TEST_CANARY"]
    assert CANARY.encode() not in done.out
    assert b"HOME=/tmp" in done.out


@pytest.fixture
def listener() -> Iterator[tuple[int, list[bytes]]]:
    """A loopback listener, and who connected to it."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        done = threading.Event()

        def listen() -> None:
            while not done.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                heard.append(b"connected")
                connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        yield server.getsockname()[1], heard
        done.set()
        thread.join()


def test_no_connection_leaves_it_not_even_to_this_machine(
    inside: Shell, listener: tuple[int, list[bytes]]
) -> None:
    port, heard = listener
    knock = f"/usr/bin/perl -MIO::Socket::INET -e 'exit(IO::Socket::INET->new(\"127.0.0.1:{port}\") ? 0 : 9)'"
    assert run(["sh", "-c", knock]).code == 0, "the attempt itself works"
    assert inside(knock).code == 9
    assert inside("cat /proc/net/dev | grep -c :").out.strip() == b"1", "there is a loopback and nothing else"
    assert heard == [b"connected"]


def test_a_socket_file_of_this_machine_cannot_be_reached(inside: Shell, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        server.listen()
        done = inside(
            f"/usr/bin/perl -MIO::Socket::UNIX -e 'exit(IO::Socket::UNIX->new(\"{tmp_path}/s\") ? 0 : 9)'"
        )
    assert done.code == 9


def test_a_fork_bomb_gets_no_further_than_its_limit(inside: Shell) -> None:
    count = "my $n = 0; while ($n < 5000) { my $p = fork; last unless defined $p; if (!$p) { sleep 60; exit } $n++ }"
    done = inside(f"/usr/bin/perl -e '{count} print $n'", processes=20)
    assert 0 < int(done.out) < 20
    with pytest.raises(Unreachable, match="did not finish"):
        # It ends by itself after three seconds, should it ever get out.
        inside(
            "/usr/bin/perl -e 'my $end = time + 3; while (time < $end) { fork; }'", seconds=1, processes=20
        )


def test_it_cannot_fill_the_disk(inside: Shell) -> None:
    done = inside(
        "i=0; while head -c 400000 /dev/zero > /tmp/$i; do i=$((i+1)); [ $i -lt 50 ] || break; done;"
        " du -s /tmp | cut -f1",
        bytes=2_000_000,
    )
    assert int(done.out.split()[-1]) <= 2000
    assert inside("head -c 5000000 /dev/zero > /dev/shm/x").code != 0
    assert inside("head -c 5000000 /dev/zero > /x").code != 0


def test_its_memory_is_limited(inside: Shell) -> None:
    done = inside("/usr/bin/perl -e '$x = \"a\" x 600_000_000; print length $x'", memory=200_000_000)
    assert done.code != 0
    assert done.out == b""


def test_nothing_it_started_outlives_it(inside: Shell, folder: Path, tmp_path: Path) -> None:
    held, write = os.pipe()
    try:
        # The descendant leaves its session and process group and holds a file of ours open.
        (folder / "mark").write_text("x")
        done = inside("setsid sh -c 'exec sleep 300' >/dev/null 2>&1 & echo started")
    finally:
        os.close(held)
        os.close(write)
    assert done.out == b"started\n"
    alive = [path for path in Path("/proc").glob("[0-9]*/cmdline") if _said(path) == b"sleep\x00300\x00"]
    assert alive == []


def test_at_the_deadline_all_of_it_ends(inside: Shell) -> None:
    with pytest.raises(Unreachable, match="did not finish"):
        inside("setsid sleep 301 & setsid sleep 301 & wait", seconds=0.5)
    assert [path for path in Path("/proc").glob("[0-9]*/cmdline") if _said(path) == b"sleep\x00301\x00"] == []


def _said(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_the_kernels_switches_cannot_be_moved_though_we_may_be_root(inside: Shell) -> None:
    # Opened for appending and closed again: nothing is written even where this would work.
    for switch in ("/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname", "/proc/sysrq-trigger"):
        assert inside(f": >> {switch}").code != 0, switch


def test_root_outside_is_nobody_inside(inside: Shell, folder: Path) -> None:
    (folder / "private").write_text("for its owner")
    (folder / "private").chmod(0o600)
    said = inside("cat /proc/self/status; cat private")
    owner = os.geteuid() or None
    assert (b"for its owner" in said.out) == (owner is not None)
    assert inside("id -u").out != b"0\n"


def test_it_has_no_capability_and_can_make_no_namespace(inside: Shell) -> None:
    assert b"CapEff:\t0000000000000000" in inside("cat /proc/self/status").out
    assert inside("unshare --user true").code != 0
    assert inside("mount -t tmpfs none /tmp").code != 0


def test_a_covered_file_shows_other_content(folder: Path) -> None:
    sandbox = Sandbox((folder,), covered={folder / "page.md": b"instead\n"})
    assert run(["cat", str(folder / "page.md")], sandbox=sandbox).out == b"instead\n"


def test_what_is_hidden_is_empty_and_the_rest_is_not(folder: Path) -> None:
    (folder / "apart").mkdir()
    (folder / "apart" / "page.md").write_text("theirs\n")
    (folder / "one.md").write_text("theirs too\n")
    hidden = Sandbox((folder,), hidden=(folder / "apart", folder / "one.md"))
    said = run(
        ["sh", "-c", "ls apart; cat one.md; echo x > apart/y; cat page.md"], sandbox=hidden, cwd=folder
    )
    assert said.out == (folder / "page.md").read_bytes()
    assert b"Read-only" in said.err


def test_what_is_given_is_its_standard_input(folder: Path) -> None:
    big = b"line\n" * 100_000
    assert run(["cat"], sandbox=Sandbox(), given=big).out == big
    assert run(["true"], sandbox=Sandbox(), given=big).code == 0


def test_without_bubblewrap_nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = tmp_path / "mark"
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(Refused, match="bubblewrap is not installed") as refused:
        run(["/usr/bin/touch", str(mark)], sandbox=Sandbox())
    assert "bubblewrap" in (refused.value.hint or "")
    assert not mark.exists()


def test_where_no_sandbox_can_be_set_up_nothing_runs(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A bubblewrap that fails as it does where user namespaces are forbidden.
    open_to_all = Path(tempfile.mkdtemp(prefix="interlock-bin-"))
    open_to_all.chmod(0o755)
    request.addfinalizer(lambda: shutil.rmtree(open_to_all))
    refusing = open_to_all / "bwrap"
    refusing.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", f"{open_to_all}:{os.environ['PATH']}")
    with pytest.raises(Refused, match="No permissions to create new namespace"):
        run(["true"], sandbox=Sandbox())


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        run(["true"], sandbox=Sandbox((tmp_path / "nowhere",)))


@pytest.mark.skipif(os.geteuid() != 0, reason="not run: not root")
def test_a_path_that_only_root_may_read_is_named(folder: Path) -> None:
    folder.chmod(0o700)
    with pytest.raises(Forbidden, match="owner only"):
        run(["true"], sandbox=Sandbox((folder,)))


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(InterlockError, match="no such program"):
        run(["no-such-program"], sandbox=Sandbox())
