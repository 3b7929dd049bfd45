#!/usr/bin/env python3
"""Names the source files that have grown past 500 lines: each deserves a hard look. Only tells, never fails."""

import sys

from project_files import ROOT, project_files, read_text

LIMIT = 500


def main():
    files = project_files(".cc", ".h", ".py", ".sh")
    long = [(len(read_text(path).splitlines()), path) for path in files if read_text(path) is not None]
    for lines, path in sorted(long, reverse=True):
        if lines > LIMIT:
            print(f"{path.relative_to(ROOT)}: {lines} lines, more than {LIMIT}", file=sys.stderr)
    print(f"check_sizes: {len(files)} files, {sum(lines > LIMIT for lines, _ in long)} of more than {LIMIT} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main())
