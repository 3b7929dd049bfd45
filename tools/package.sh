#!/usr/bin/env bash
# ./dev package: build/package/calve-lambda.zip for Lambda's provided.al2023, and build/package/root, the same unpacked
# (the container image is made of it).
#
#   bootstrap     a static launcher (tools/package/bootstrap.c): starts calve with the libraries beside it
#   calve         the program, stripped, without a search path of this machine
#   lib/          every shared library that it needs, the C library and its loader among them; stand-ins for a few that
#                 libcurl is linked with and calve never calls (tools/package/collect.py)
#   PARTS.txt     what was carried: size, SHA-256, and the package that each library came from
#
# The C library is carried always, not only when this machine's is newer than the target's: one way to start, tested
# everywhere (tools/package_test.sh), instead of two.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/common.sh
. tools/common.sh

[ $# -eq 0 ] || die "package: no arguments are taken"
for tool in cc strip readelf ldd cmake python3; do have "$tool" || die "package: $tool is needed (./dev deps build)"; done

case "$(uname -m)" in
  x86_64 | aarch64) ;;
  *) die "package: Lambda runs on x86_64 and aarch64, not on $(uname -m)" ;;
esac

build_preset release calve
out=build/package
dir=$out/root
rm -rf "$dir" "$out/calve-lambda.zip"
mkdir -p "$dir/lib"

say "launcher"
cc -std=c11 -Os -Wall -Wextra -Werror -ffreestanding -fno-stack-protector -fno-pic -no-pie \
  -fno-asynchronous-unwind-tables -nostdlib -static -s -Wl,--build-id=none -Wl,-z,noexecstack \
  -o "$dir/bootstrap" tools/package/bootstrap.c

say "program and libraries, stripped"
strip --strip-all -o "$dir/calve" build/release/calve
# CMake's own way to take the build machine's library folder out of a program, as `cmake --install` does it.
printf 'file(RPATH_REMOVE FILE "%s")\n' "$root/$dir/calve" >"$out/rpath.cmake"
cmake -P "$out/rpath.cmake"
python3 tools/package/collect.py build/release/calve "$dir/lib" "$out/origins.txt"
cp LICENSE NOTICE "$dir/"

say "zip"
python3 tools/package/pack.py "$dir" "$out/origins.txt" "$out/calve-lambda.zip"
