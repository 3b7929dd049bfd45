#!/usr/bin/env bash
# Compiles what reads CSV, with its tests, for aarch64, and runs them in an emulator: the portable paths of the tokeniser and
# the decoders, on the processor that they are for. By hand, in about two minutes; needs the Debian packages
# g++-aarch64-linux-gnu, qemu-user and googletest. Arguments go to the test program.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/common.sh
. tools/common.sh

googletest=/usr/src/googletest
if ! have aarch64-linux-gnu-g++ || ! have qemu-aarch64 || [ ! -d "$googletest" ]; then
  die "install them first: apt-get install g++-aarch64-linux-gnu qemu-user googletest"
fi

out=build/aarch64
mkdir -p "$out"
compile() { # SOURCE OBJECT
  if [ "$2" -nt "$1" ]; then return; fi
  # This machine's headers come last, those of libraries: what is used of them is the same for every processor.
  aarch64-linux-gnu-g++ -std=c++23 -O1 -DFMT_HEADER_ONLY -I src -I tests \
    -I "$googletest/googletest" -I "$googletest/googletest/include" \
    -I "$googletest/googlemock" -I "$googletest/googlemock/include" \
    -idirafter /usr/include -idirafter "/usr/include/$(uname -m)-linux-gnu" -c "$1" -o "$2"
}

say "compiling for aarch64"
libraries=() tests=()
for source in src/base/*.cc src/csv/*.cc "$googletest"/googletest/src/gtest-all.cc "$googletest"/googlemock/src/gmock{-all,_main}.cc; do
  case "$source" in
    *avx2* | src/base/*_test.cc) continue ;;
  esac
  object=$out/$(basename "$source" .cc).o
  compile "$source" "$object"
  case "$source" in
    src/base/*) libraries+=("$object") ;;
    *) tests+=("$object") ;;
  esac
done
# An archive, so that what needs a library for aarch64 (OpenSSL) and is not used is left out.
rm -f "$out/libbase.a"
aarch64-linux-gnu-ar rcs "$out/libbase.a" "${libraries[@]}"
aarch64-linux-gnu-g++ -static "${tests[@]}" "$out/libbase.a" -o "$out/csv_tests"
say "running the tests of src/csv"
qemu-aarch64 "$out/csv_tests" --gtest_brief=1 "$@"
