#!/usr/bin/env python3
"""Holds the #include lines of src/ against the arrows that the CMake files declare.

Fails when a file in src/X includes a header of a module that is neither X nor in the DEPS of X, when the DEPS have a
cycle, when a file includes a foreign library's header that is not its module's to include (FOREIGN), or that its module
does not name in LIBS, when load/ (the protocol) includes anything but interfaces, or when a file knows a source format that is not its own. Tests of load/ may use the fakes of
other modules; the arrows hold for them too.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "src"

# A foreign header (a folder when it ends with a slash): the library that a module must name in its LIBS, and the only
# modules, or files, that may include it. All others reach it through what those make of it. An owner that no longer
# includes it is a complaint too.
FOREIGN = {
    "CLI/": ("CLI11::CLI11", {"cli"}),
    "curl/": ("CURL::libcurl", {"http"}),
    "duckdb.h": ("DuckDB::duckdb", {"transform", "format_parquet", "cli/cmd_version.cc"}),
    "libpq-fe.h": ("PostgreSQL::PostgreSQL", {"catalog"}),
    "nlohmann/": ("nlohmann_json::nlohmann_json", {"base"}),
    "openssl/": ("OpenSSL::Crypto", {"base", "aws", "store"}),
    "pugixml.hpp": ("pugixml::pugixml", {"aws"}),
    "sqlite3.h": ("SQLite::SQLite3", {"sqlite", "cli/cmd_version.cc"}),
    "zlib.h": ("ZLIB::ZLIB", {"avro", "compression", "iceberg", "store", "format_parquet"}),
    "zstd.h": ("PkgConfig::ZSTD", {"avro", "compression"}),
}

# The protocol knows the outside world through these alone (module -> headers; None: all of them).
INTERFACES_FOR = {
    "load": {
        "base": None,
        "compression": {"compression/decoder.h"},
        "csv": {"csv/sniff.h", "csv/sniff_names.h"},
        "iceberg": None,
        "load": None,
        "store": {"store/object_store.h", "store/routing_store.h"},
        "queue": {"queue/queue.h"},
    }
}

# A source format is a module of its own, format_NAME. One file composes them; their names stand in no other, but where a
# word means something else or a plan of an older version.
FORMATS_COMPOSED_IN = "app/formats.cc"
FORMAT_WORDS_ALLOWED = {"load/plan_upgrade.cc", "cli/cmd_query.cc", "cli/commands.cc"}

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


def foreign_prefix(header):
    """The key of FOREIGN that a header belongs to, or None."""
    for prefix in FOREIGN:
        if header.startswith(prefix) if prefix.endswith("/") else header == prefix:
            return prefix
    return None


def check_foreign(module, path, header, libs, used):
    """The complaint about a foreign header, or None. `used` takes the pairs of FOREIGN that were met."""
    prefix = foreign_prefix(header)
    if prefix is None:
        return None
    library, owners = FOREIGN[prefix]
    owner = next((o for o in (module, f"{module}/{path.name}") if o in owners), None)
    if owner is None:
        return f"uses <{header}>, which only {', '.join(sorted(owners))} may include"
    used.add((prefix, owner))
    return None if library in libs else f"uses <{header}>, but {module} does not name {library} in its LIBS"


def check_include(module, path, quoted, modules):
    """The complaint about one #include line of ours, or None."""
    deps, _ = modules[module]
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


def check_format_names(path, text, formats):
    """Complaints about a file outside of the formats' folders that knows one of them."""
    place = str(path.relative_to(SOURCES))
    if place == FORMATS_COMPOSED_IN or place.split("/", maxsplit=1)[0] in {f"format_{name}" for name in formats}:
        return
    for name in formats:
        if f'#include "format_{name}/' in text:
            yield f"src/{place}: includes format_{name}; {FORMATS_COMPOSED_IN} alone knows the formats"
        if f'"{name}"' in text and place not in FORMAT_WORDS_ALLOWED and not path.stem.endswith("_test"):
            yield f"src/{place}: names the format {name}; what depends on it belongs to src/format_{name}"


def main():
    modules = read_modules()
    formats = sorted(name.removeprefix("format_") for name in modules if name.startswith("format_"))
    complaints = []
    for name, (deps, _) in modules.items():
        complaints += [
            f"src/{name}/CMakeLists.txt: unknown module {dep} in DEPS" for dep in sorted(deps - modules.keys())
        ]
    cycle = find_cycle(modules)
    if cycle:
        complaints.append(f"src: the modules have a cycle: {' -> '.join(cycle)}")
    files, used = 0, set()
    for name in modules:
        for path in sorted((SOURCES / name).rglob("*")):
            if path.suffix not in (".h", ".cc"):
                continue
            files += 1
            text = path.read_text()
            complaints += check_format_names(path, text, formats)
            for match in INCLUDE.finditer(text):
                complaint = check_foreign(
                    name, path, match.group(1) or match.group(2), modules[name][1], used
                ) or check_include(name, path, match.group(1), modules)
                if complaint:
                    line = text.count("\n", 0, match.start(1) if match.group(1) else match.start(2)) + 1
                    complaints.append(f"{path.relative_to(ROOT)}:{line}: {complaint}")
    complaints += [
        f"tools/check_layers.py: FOREIGN lets {owner} include {prefix}, which it does not"
        for prefix, (_, owners) in FOREIGN.items()
        for owner in sorted(owners)
        if (prefix, owner) not in used
    ]
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    if not files:
        print("check_layers: no source file found under src/", file=sys.stderr)
        return 1
    print(f"check_layers: {files} files in {len(modules)} modules, {len(complaints)} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
