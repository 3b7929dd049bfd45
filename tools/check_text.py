#!/usr/bin/env python3
"""Fails on what must not be in the project's files: one machine's absolute paths, notes of unfinished work, and names
of package registries' hosts (packages are named and pinned by checksum; where they come from is the user's choice).
"""

import re
import sys

from project_files import ROOT, project_files, read_text

# Spelled in pieces, so that this file passes its own check.
HOSTS = [
    ("pypi", "org"),
    ("pythonhosted", "org"),
    ("registry", "npmjs", "org"),
    ("registry", "yarnpkg", "com"),
    ("crates", "io"),
    ("proxy", "golang", "org"),
    ("sum", "golang", "org"),
    ("repo1", "maven", "org"),
    ("repo", "maven", "apache", "org"),
    ("deb", "debian", "org"),
    ("archive", "ubuntu", "com"),
    ("apt", "llvm", "org"),
    ("ghcr", "io"),
    ("docker", "io"),
]
RULES = [
    ("an absolute path of one machine", re.compile(r"(?<![\w.${}*~-])/(?:root|home|work|Users)/\w")),
    ("unfinished work", re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")),
    ("a registry's host", re.compile("|".join(r"\b" + r"\.".join(host) + r"\b" for host in HOSTS))),
]


def main():
    complaints = files = 0
    for path in project_files():
        text = read_text(path)
        if text is None or ("third_party" in path.relative_to(ROOT).parts[:1] and path.suffix == ".h"):
            continue
        files += 1
        for number, line in enumerate(text.splitlines(), 1):
            for what, pattern in RULES:
                found = pattern.search(line)
                if found:
                    complaints += 1
                    print(f"{path.relative_to(ROOT)}:{number}: {what}: {found.group(0)}", file=sys.stderr)
    print(f"check_text: {files} files, {complaints} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
