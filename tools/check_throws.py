#!/usr/bin/env python3
"""Fails on calls of std::filesystem that throw: on a thread of a worker such a call would end the process. Each has an
overload with a std::error_code; iterators are moved on with increment(error).
"""

import re
import sys

from project_files import ROOT, project_files, read_text

CALL = re.compile(
    r"\b(?:fs|std::filesystem)::("
    r"absolute|canonical|copy|copy_file|create_directories|create_directory|create_symlink|current_path|"
    r"directory_iterator|equivalent|exists|file_size|is_directory|is_empty|is_regular_file|is_symlink|last_write_time|"
    r"read_symlink|recursive_directory_iterator|relative|remove|remove_all|rename|resize_file|space|status|"
    r"temp_directory_path|weakly_canonical)\b(?:\s+\w+)?\s*([({])"
)
CODE = re.compile(r"\b(?:error|ignored|unknown|code)\b")
RANGE_FOR = re.compile(r"for \([^;)]*:\s*(?:fs|std::filesystem)::(?:recursive_)?directory_iterator")


def arguments(text, start):
    """The text from the bracket at `start` to the one that closes it."""
    depth = 0
    for at in range(start, len(text)):
        depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return text[start:at]
    return text[start:]


def main():
    complaints = files = 0
    for path in project_files():
        relative = path.relative_to(ROOT)
        if relative.parts[0] != "src" or path.suffix not in (".cc", ".h") or "_test" in path.stem:
            continue
        text = read_text(path)
        if text is None:
            continue
        files += 1
        throwing = [m for m in CALL.finditer(text) if not CODE.search(arguments(text, m.start(2)))]
        for found in throwing + list(RANGE_FOR.finditer(text)):
            complaints += 1
            line = text.count("\n", 0, found.start()) + 1
            print(f"{relative}:{line}: this throws: {found.group(0)}", file=sys.stderr)
    print(f"check_throws: {files} files, {complaints} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
