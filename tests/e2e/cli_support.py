"""Runs the real program for the tests of its command line."""

import json
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CALVE = os.environ.get("CALVE_BIN", str(ROOT / "build" / "release" / "calve"))


def environment(**extra: str) -> dict[str, str]:
    """The test's environment without calve's own variables, so that nobody's settings get in."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("CALVE_") and k != "CHUNK_SIZE_MB"}
    return clean | extra


class Done:
    """What a run of the program left."""

    def __init__(self, process: subprocess.CompletedProcess):
        self.code = process.returncode
        self.out = process.stdout
        self.err = process.stderr

    def json(self):
        """stdout, which must be one JSON value and nothing else."""
        return json.loads(self.out)

    def __repr__(self):
        return f"exit code {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


def calve(*arguments, cwd: Path, timeout: float = 60, env: dict[str, str] | None = None, **options) -> Done:
    return Done(
        subprocess.run(
            [CALVE, *map(str, arguments)],
            cwd=cwd,
            env=environment(**(env or {})),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            **options,
        )
    )


def expect_error(done: Done, code: int, *parts: str) -> None:
    """One clear complaint on stderr with these parts in it, and no result on stdout."""
    assert done.code == code, done
    complaints = [line for line in done.err.splitlines() if line.startswith("calve: ")]
    assert len(complaints) == 1, done
    for part in parts:
        assert part in done.err, f"{part!r} is not in:\n{done}"
    for word in ("terminate called", "what():", "Aborted", "Segmentation", "Stack trace"):
        assert word not in done.err, done


def leaves_nothing(warehouse: Path) -> None:
    """No table, no data file, no plan of a load that could not be."""
    left = [
        path
        for path in warehouse.rglob("*")
        if path.is_file() and path.suffix in (".parquet", ".avro", ".json", ".jsonl")
    ]
    assert not left, left
