"""The files that belong to the project: what git tracks, less what others wrote."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def project_files(*suffixes):
    """Tracked and new, not ignored, text files with one of the suffixes (all files when none is given)."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout.decode()
    paths = sorted(ROOT / name for name in listed.split("\0") if name)
    return [p for p in paths if p.is_file() and (not suffixes or p.suffix in suffixes)]


def read_text(path):
    """The text of a file, or None when it is not UTF-8 text (test data may be anything)."""
    data = path.read_bytes()
    if b"\0" in data:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None
