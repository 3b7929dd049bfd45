"""A power cut at each call that syncs or changes a name: what was never synced is gone, and the same command goes on.

power_cut.c keeps what would be on the disk; here the warehouse is made from that again, and the program must bring the
load to its end with every row in the table once.
"""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from cli_support import CALVE, calve, environment

ROWS = 400
HERE = Path(__file__).parent / "power_cut"


@pytest.fixture(scope="module")
def shim(tmp_path_factory):
    library = tmp_path_factory.mktemp("shim") / "power_cut.so"
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", str(library), str(HERE / "power_cut.c"), "-ldl"],
        check=True,
    )
    return library


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("source") / "in.csv"
    path.write_text("id,name\n" + "".join(f"{i},name {i}\n" for i in range(ROWS)))
    return path


class Disk:
    """A folder, and what of it would outlive a power cut."""

    def __init__(self, folder: Path, shim: Path):
        self.root = folder / "disk"
        self.kept = folder / "kept"
        self.shim = shim
        self.root.mkdir(parents=True)
        self.kept.mkdir()

    def run(self, *arguments, cut_at: int) -> subprocess.CompletedProcess:
        return subprocess.run(
            [CALVE, *map(str, arguments)],
            env=environment(
                LD_PRELOAD=str(self.shim), POWER_CUT_STORE=str(self.kept), POWER_CUT_AT=str(cut_at), TZ="UTC"
            ),
            cwd=self.root, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def calls(self) -> int:
        return int((self.kept / "calls").read_text())

    def lose_what_was_not_synced(self) -> None:
        after = self.root.with_name("after")
        self._rebuild(self.root.stat().st_ino, after)
        shutil.rmtree(self.root)
        after.rename(self.root)
        shutil.rmtree(self.kept)
        self.kept.mkdir()

    def _rebuild(self, inode: int, to: Path) -> None:
        listing = self.kept / f"dir-{inode}"
        to.mkdir()
        for line in listing.read_text().splitlines() if listing.exists() else ():
            number, name = line.split(" ", 1)
            if self._is_directory(int(number)):
                self._rebuild(int(number), to / name)
            else:
                content = self.kept / f"file-{number}"
                (to / name).write_bytes(content.read_bytes() if content.exists() else b"")

    def _is_directory(self, inode: int) -> bool:
        if not hasattr(self, "_directories") or inode not in self._directories:
            self._directories = {os.stat(folder).st_ino for folder, _, _ in os.walk(self.root)}
        return inode in self._directories


def cuts(calls: int, most: int) -> list[int]:
    """Every call, or so many of them spread evenly, the last one with them."""
    step = max(1, -(-calls // most))
    return sorted({*range(1, calls + 1, step), calls})


def check_all_there(disk: Disk, cut: str) -> None:
    counted = calve(
        "query", "SELECT count(*) AS n, count(DISTINCT id) AS d, min(length(name)) AS l FROM db.t", "--warehouse",
        disk.root / "w", "--format", "json", cwd=disk.root,
    )  # fmt: skip
    assert counted.code == 0, f"{cut}: {counted}"
    assert counted.json() == [{"n": ROWS, "d": ROWS, "l": 6}], cut
    checked = calve("validate", "db.t", "--warehouse", disk.root / "w", cwd=disk.root)
    assert checked.code == 0, f"{cut}: {checked}"


def check_every_cut(tmp_path: Path, shim: Path, command: list, *, before: list, most: int) -> None:
    """Cuts `command`, which `before` (empty: nothing) has come before, at `most` of its calls, and lets it go on."""
    whole = Disk(tmp_path / "whole", shim)
    if before:
        assert whole.run(*before, cut_at=0).returncode == 0
    done = whole.run(*command, cut_at=0)
    assert done.returncode == 0, done
    calls = whole.calls()
    assert calls > 30
    for at in cuts(calls, most):
        disk = Disk(tmp_path / str(at), shim)
        if before:
            assert disk.run(*before, cut_at=0).returncode == 0
        cut = disk.run(*command, cut_at=at)
        assert cut.returncode == -signal.SIGKILL, f"call {at}: {cut}"
        disk.lose_what_was_not_synced()
        again = calve(*command, cwd=disk.root)
        assert again.code == 0, f"call {at} of {calls}: {again}"
        check_all_there(disk, f"call {at} of {calls}")
        shutil.rmtree(tmp_path / str(at))


@pytest.mark.parametrize("commit", ["load", "chunk"])
def test_run(tmp_path, shim, source, commit):
    command = ["run", source, "--table", "db.t", "--warehouse", "w", "--chunk-size", "3000", "--threads", "1", "--commit",
               commit]  # fmt: skip
    check_every_cut(tmp_path, shim, command, before=[], most=60)


def test_what_was_reported_is_on_the_disk(tmp_path, shim, source):
    disk = Disk(tmp_path / "one", shim)
    assert disk.run("run", source, "--table", "db.t", "--warehouse", "w", cut_at=0).returncode == 0
    disk.lose_what_was_not_synced()
    check_all_there(disk, "after exit 0")
    again = calve("run", source, "--table", "db.t", "--warehouse", "w", "--format", "json", cwd=disk.root)
    assert [load["status"] for load in again.json()["loads"]] == ["already-loaded"]


def test_worker(tmp_path, shim, source):
    """A message that was accepted is not lost, and one that is delivered again loads nothing twice."""
    backfill = ["backfill", source, "--table", "db.t", "--warehouse", "w"]
    work = ["worker", "--table", "db.t", "--warehouse", "w", "--until-empty", "--threads", "1", "--chunk-size", "3000"]
    check_every_cut(tmp_path, shim, work, before=backfill, most=25)
