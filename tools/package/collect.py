#!/usr/bin/env python3
"""collect.py PROGRAM DIR ORIGINS: copies every shared library that PROGRAM needs into DIR, stripped, the C library and
its loader among them, and writes a line "DIR's name/library<TAB>where it came from" per library into ORIGINS.

A distribution's libcurl is linked with libraries for protocols that calve never speaks (RTMP, LDAP) and for Kerberos.
With what those need in turn they are an eighth of what a cold start reads, and do not fit into the package's limit. Each
of them is replaced by a stand-in of the same name: it has exactly the symbols that the carried files ask for, with their
versions. A function of one ends the process, naming itself, but for Kerberos, whose callers (libpq among them) try it
first and go on without: there it fails as the real one does where there is no ticket.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# Prefixes of file names -> what a function does.
STAND_INS = {"librtmp.": "abort", "libldap": "abort", "liblber": "abort", "libgssapi_krb5.": "fail"}
LOADER = re.compile(r"ld-linux")

ABORT = """static void missing(const char* name) {
  static const char why[] = ": called, but its library is not in this package\\n";
  unsigned long n = 0;
  while (name[n]) ++n;
  (void)!write(2, name, n);
  (void)!write(2, why, sizeof why - 1);
  abort();
}
"""


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def needed(path):
    return re.findall(r"\(NEEDED\)\s+Shared library: \[([^\]]+)\]", run("readelf", "-dW", str(path)))


def symbols(path):
    """[(name, version or "", type, size, defined)] of the dynamic symbol table."""
    found = []
    for line in run("readelf", "--dyn-syms", "-W", str(path)).splitlines():
        words = line.split()
        if len(words) < 8 or not words[0].rstrip(":").isdigit():
            continue
        name, _, version = words[7].partition("@")
        found.append((name, version.lstrip("@"), words[3], int(words[2], 0), words[6] != "UND"))
    return found


def resolve(program):
    """{name: path} of everything that the loader finds for the program."""
    listed = run("ldd", str(program))
    missing = re.findall(r"(\S+) => not found", listed)
    if missing:
        sys.exit(f"package: missing libraries: {', '.join(missing)}")
    paths = {name: Path(path).resolve() for name, path in re.findall(r"(\S+) => (/\S+)", listed)}
    for path in re.findall(r"^\s*(/\S+) \(", listed, re.MULTILINE):
        paths[Path(path).name] = Path(path).resolve()
    return paths


def behaviour(name):
    return next((what for prefix, what in STAND_INS.items() if name.startswith(prefix)), None)


def closure(program, paths):
    """(names to carry, names to replace): what is needed without looking behind the replaced ones."""
    carried, replaced, left = set(), set(), needed(program)
    while left:
        name = left.pop()
        if name in carried or name in replaced:
            continue
        if behaviour(name):
            replaced.add(name)
            continue
        carried.add(name)
        left += needed(paths[name])
    carried |= {name for name in paths if LOADER.match(name)}
    return carried, replaced


def write_stand_in(name, real, users, target, folder):
    offered = {symbol[0]: symbol for symbol in symbols(real) if symbol[4]}
    wanted = sorted({s[0] for user in users for s in symbols(user) if not s[4] and s[0] in offered})
    source = ["#include <stdlib.h>", "#include <unistd.h>", ABORT if behaviour(name) == "abort" else ""]
    versions = {}
    for symbol in wanted:
        _, version, kind, size, _ = offered[symbol]
        if kind == "OBJECT":
            source.append(f"char {symbol}[{max(size, 1)}] __attribute__((aligned(16)));")
        elif behaviour(name) == "abort":
            source.append(f'long {symbol}(void) {{ missing("{symbol}"); return -1; }}')
        else:
            source.append(f"long {symbol}(void) {{ return 0xd0000; }}")  # GSS_S_FAILURE, RFC 2744 section 3.9.1.
        versions.setdefault(version, []).append(symbol)
    (folder / "stub.c").write_text("\n".join(source) + "\n")
    blocks = []
    for version, names in sorted(versions.items()):
        local = "" if blocks else " local: *;"
        blocks.append(f"{version} {{ global: {' '.join(n + ';' for n in names)}{local} }};")
    (folder / "stub.map").write_text("\n".join(blocks) + "\n")
    command = ["cc", "-shared", "-fPIC", "-Os", "-fno-builtin", "-s", f"-Wl,-soname,{name}", "-Wl,--build-id=none"]
    if blocks:
        command.append(f"-Wl,--version-script={folder / 'stub.map'}")
    run(*command, "-o", str(target), str(folder / "stub.c"))


def main():
    program, folder, origins = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    paths = resolve(program)
    carried, replaced = closure(program, paths)
    if not any(LOADER.match(name) for name in carried):
        sys.exit("package: ldd named no loader")
    lines = []
    for name in sorted(carried):
        target = folder / name
        shutil.copyfile(paths[name], target)
        target.chmod(0o755)
        if not LOADER.match(name):  # The loader keeps what debuggers look for in it; it is small.
            run("strip", "--strip-unneeded", str(target))
        lines.append(f"{folder.name}/{name}\t{paths[name]}\n")
    users = [program, *(paths[name] for name in carried)]
    for name in sorted(replaced):
        with tempfile.TemporaryDirectory() as scratch:
            write_stand_in(name, paths[name], users, folder / name, Path(scratch))
        lines.append(f"{folder.name}/{name}\tstand-in\n")
    origins.write_text("".join(lines))


if __name__ == "__main__":
    main()
