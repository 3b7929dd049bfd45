#!/usr/bin/env python3
"""pack.py DIR ORIGINS ZIP: writes DIR/PARTS.txt, packs DIR into ZIP, prints the sizes, and fails when they are too big.

The same input gives the same bytes: names are sorted, times are fixed, owners are left out.
ORIGINS has a line "name<TAB>the file that it was copied from" per library.
"""

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

# Lambda's own limit is 262,144,000 bytes unzipped; ours leaves room for layers and keeps the cold start short.
MAX_UNZIPPED_BYTES = 110_000_000
MAX_ZIPPED_BYTES = 32_000_000
FIXED_TIME = (1980, 1, 1, 0, 0, 0)


def owning_package(path):
    """ "libssl3 3.0.15-1", or "-" where dpkg does not know the file: it was fetched or built."""
    # A file is registered under the name that its package has it by, which may be with or without /usr.
    if path == "stand-in":
        return path
    for name in (path, path.removeprefix("/usr")):
        try:
            found = subprocess.run(["dpkg-query", "-S", name], capture_output=True, text=True, check=False)
        except FileNotFoundError:
            return "-"
        if found.returncode == 0:
            package = found.stdout.partition(": ")[0]
            form = "${Package} ${Version}"
            shown = subprocess.run(
                ["dpkg-query", "-W", "-f", form, package], capture_output=True, text=True, check=True
            )
            return shown.stdout
    return "-"


def write_parts(folder, origins):
    lines = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "PARTS.txt"):
        name = path.relative_to(folder).as_posix()
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        package = owning_package(origins[name]) if name in origins else "calve"
        lines.append(f"{digest} {path.stat().st_size:>10} {name} ({package})\n")
    (folder / "PARTS.txt").write_text("".join(lines))


def pack(folder, target):
    """[(name, bytes unzipped, bytes zipped)]"""
    part = target.with_suffix(".zip.part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            name = path.relative_to(folder).as_posix()
            info = zipfile.ZipInfo(name, FIXED_TIME)
            info.create_system = 3  # Unix: the mode below is read.
            runs = name in ("bootstrap", "calve") or name.startswith("lib/")
            info.external_attr = (0o100755 if runs else 0o100644) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, path.read_bytes(), compresslevel=9)
        rows = [(i.filename, i.file_size, i.compress_size) for i in archive.infolist()]
    part.replace(target)
    return rows


def print_sizes(rows, target):
    width = max(len(name) for name, _, _ in rows)
    print(f"{'part':<{width}} {'unzipped':>13} {'zipped':>13}")
    for name, unzipped, zipped in sorted(rows, key=lambda row: -row[1]):
        print(f"{name:<{width}} {unzipped:>13,} {zipped:>13,}")
    total, size = sum(row[1] for row in rows), target.stat().st_size
    print(f"{'total (bytes)':<{width}} {total:>13,} {size:>13,}")
    print(f"{'limit':<{width}} {MAX_UNZIPPED_BYTES:>13,} {MAX_ZIPPED_BYTES:>13,}")
    print(f"{target}: {hashlib.sha256(target.read_bytes()).hexdigest()}")
    return total <= MAX_UNZIPPED_BYTES and size <= MAX_ZIPPED_BYTES


def main():
    folder, origins_path, target = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    origins = dict(line.split("\t") for line in origins_path.read_text().splitlines())
    write_parts(folder, origins)
    if not print_sizes(pack(folder, target), target):
        sys.exit("package: larger than its limit")


if __name__ == "__main__":
    main()
