#!/usr/bin/env python3
"""Holds the #include lines of src/ against the arrows that the CMake files declare.

Fails when a file in src/X includes a header of a module that is neither X nor in the DEPS of X, when the DEPS have a
cycle, when a file uses a third-party library that its own module does not name in LIBS, or when load/ (the protocol)
includes anything but interfaces. Tests of load/ may use the fakes of other modules; the arrows hold for them too.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "src"

# Third-party headers that only a module which names the library itself may include.
LIBRARY_OF_HEADER = {
    "duckdb.h": "DuckDB::duckdb",
    "sqlite3.h": "SQLite::SQLite3",
    "libpq-fe.h": "PostgreSQL::PostgreSQL",
    "zlib.h": "ZLIB::ZLIB",
    "openssl/": "OpenSSL::Crypto",
}

# The protocol knows the outside world through these alone (module -> headers; None: all of them).
INTERFACES_FOR = {
    "load": {
        "base": None,
        "csv": None,
        "iceberg": None,
        "load": None,
        "store": {"store/object_store.h"},
        "queue": {"queue/queue.h"},
    }
}

MODULE = re.compile(r"calve_module\(\s*(\w+)([^)]*)\)")
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)


def read_modules():
    """{module: (deps, libs)} from src/*/CMakeLists.txt."""
    modules = {}
    for path in sorted(SOURCES.glob("*/CMakeLists.txt")):
        text = re.sub(r"#.*", "", path.read_text())
        for name, arguments in MODULE.findall(text):
            lists, current = {"DEPS": [], "LIBS": []}, None
            for word in arguments.split():
                if word in lists:
                    current = word
                elif current:
                    lists[current].append(word)
            modules[name] = (set(lists["DEPS"]), set(lists["LIBS"]))
    return modules


def find_cycle(modules):
    """A list of modules that lead back to the first, or None."""
    done = set()

    def visit(name, trail):
        if name in trail:
            return trail[trail.index(name) :] + [name]
        if name in done or name not in modules:
            return None
        for dep in sorted(modules[name][0]):
            cycle = visit(dep, trail + [name])
            if cycle:
                return cycle
        done.add(name)
        return None

    for name in sorted(modules):
        cycle = visit(name, [])
        if cycle:
            return cycle
    return None


def check_include(module, path, quoted, angled, modules):
    """The complaint about one #include line, or None."""
    deps, libs = modules[module]
    header = quoted or angled
    for prefix, library in LIBRARY_OF_HEADER.items():
        fits = header.startswith(prefix) if prefix.endswith("/") else header == prefix
        if fits and library not in libs:
            return f"uses <{header}>, but {module} does not name {library} in its LIBS"
    if not quoted or "/" not in quoted:
        return None
    target = quoted.split("/")[0]
    if target not in modules:
        return None
    if target != module and target not in deps:
        return f'includes "{quoted}", but {module} has no arrow to {target} (DEPS: {", ".join(sorted(deps)) or "none"})'
    allowed = INTERFACES_FOR.get(module)
    if allowed and not path.stem.endswith("_test"):
        headers = allowed.get(target, set())
        if headers is not None and quoted not in headers:
            return f'includes "{quoted}", which is an implementation; {module} may include {", ".join(sorted(headers)) or "nothing"} of {target}'
    return None


def main():
    modules = read_modules()
    complaints = []
    for name, (deps, _) in modules.items():
        complaints += [
            f"src/{name}/CMakeLists.txt: unknown module {dep} in DEPS" for dep in sorted(deps - modules.keys())
        ]
    cycle = find_cycle(modules)
    if cycle:
        complaints.append(f"src: the modules have a cycle: {' -> '.join(cycle)}")
    files = 0
    for name in modules:
        for path in sorted((SOURCES / name).rglob("*")):
            if path.suffix not in (".h", ".cc"):
                continue
            files += 1
            text = path.read_text()
            for match in INCLUDE.finditer(text):
                complaint = check_include(name, path, match.group(1), match.group(2), modules)
                if complaint:
                    line = text.count("\n", 0, match.start(1) if match.group(1) else match.start(2)) + 1
                    complaints.append(f"{path.relative_to(ROOT)}:{line}: {complaint}")
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    if not files:
        print("check_layers: no source file found under src/", file=sys.stderr)
        return 1
    print(f"check_layers: {files} files in {len(modules)} modules, {len(complaints)} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
