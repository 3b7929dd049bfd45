#!/usr/bin/env bash
# Starts the package of ./dev package in an older system than the build machine: a Debian whose C library is older than
# Amazon Linux 2023's. Needs root, debootstrap and a Debian mirror once; ends with 77 and the reason when it cannot have
# them. CALVE_OLD_ROOT names a root file system to use instead of build/oldroot.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/common.sh
. tools/common.sh

suite=bullseye # glibc 2.31; Amazon Linux 2023 has 2.34
zip=build/package/calve-lambda.zip
old=${CALVE_OLD_ROOT:-build/oldroot}

skip() {
  printf 'package_test: skipped: %s\n' "$*"
  exit 77
}
[ -f "$zip" ] || die "package_test: no $zip: run ./dev package"
[ "$(id -u)" -eq 0 ] || skip "chroot needs root"
if [ ! -f "$old/made" ] && [ -z "${CALVE_OLD_ROOT:-}" ]; then
  have debootstrap || skip "debootstrap is not installed"
  rm -rf "$old"
  mkdir -p "$old"
  say "debootstrap $suite into $old"
  run_logged build/logs/debootstrap.log debootstrap --variant=minbase "$suite" "$old" || skip "debootstrap failed"
  touch "$old/made"
fi
chroot "$old" /bin/true || skip "cannot chroot into $old"

fail() { die "package_test: FAILED: $*"; }
home=$old/opt/calve
rm -rf "$home"
python3 - "$zip" "$home" <<'PYTHON'
import pathlib, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    for info in archive.infolist():
        path = pathlib.Path(archive.extract(info, sys.argv[2]))
        path.chmod(info.external_attr >> 16 & 0o777)
PYTHON
# The launcher finds itself through /proc, which Lambda has.
mkdir -p "$old/proc"
mounted=no
if [ ! -e "$old/proc/self/exe" ]; then
  mount -t proc proc "$old/proc" || skip "cannot mount /proc in $old"
  mounted=yes
fi
finish() {
  [ $mounted = no ] || umount "$old/proc"
  rm -rf "$home" "$old/opt/lambda_tool"
}
trap finish EXIT

# A clean environment, as far from the build machine's as Lambda's is: no HOME, a library path of its own.
inside() { chroot "$old" /usr/bin/env -i PATH=/usr/bin:/bin LD_LIBRARY_PATH=/lib64:/usr/lib64:/var/runtime "$@"; }

theirs=$(chroot "$old" /usr/bin/ldd --version | sed -n '1s/.* //p')
ours=$(ldd --version | sed -n '1s/.* //p')
say "C library: $theirs there, $ours here"
if [ "$theirs" = "$ours" ] || [ "$(printf '%s\n' "$theirs" "$ours" | sort -V | head -n 1)" != "$theirs" ]; then
  fail "the system in $old is not older than this one: nothing would be proven"
fi
if inside /opt/calve/calve version >/dev/null 2>&1; then
  fail "calve starts there without the launcher: nothing would be proven"
fi

shown=$(inside /opt/calve/bootstrap version) || fail "bootstrap version ended with $?"
[ "$shown" = "$(build/release/calve version)" ] || fail "bootstrap version said: $shown"
say "bootstrap version: $(head -n 1 <<<"$shown")"

loader=$(basename "$home"/lib/ld-linux-*)
outside=$(inside "/opt/calve/lib/$loader" --library-path /opt/calve/lib --list /opt/calve/calve |
  grep -v -e '=> /opt/calve/lib/' -e linux-vdso -e "/$loader" || true)
[ -z "$outside" ] || fail "libraries from outside of the package: $outside"
say "every library comes from the package"

# DuckDB works, not only loads: a load and a query in /tmp with no HOME.
inside /bin/sh -c 'printf "a,b\n1,x\n2,y\n" >/tmp/in.csv && rm -rf /tmp/w &&
  cd /tmp && /opt/calve/bootstrap run /tmp/in.csv --table t.t --warehouse /tmp/w' >/dev/null 2>&1 ||
  fail "bootstrap run ended with $?"
inside /opt/calve/bootstrap query --warehouse /tmp/w 'SELECT sum(a) AS s FROM t.t' | grep -q 3 || fail "the table is not readable"
rm -rf "$old/tmp/w" "$old/tmp/in.csv"
say "a load and a query there"

# The Lambda loop and libcurl, with the stand-ins for what libcurl is linked with and never calls: one invocation there.
tool=$old/opt/lambda_tool
build_preset release lambda_tool
mkdir -p "$tool"
install -m 0755 build/release/tests/interop/lambda_tool "$tool/calve"
install -m 0755 "$home/bootstrap" "$tool/bootstrap"
python3 tools/package/collect.py "$tool/calve" "$tool/lib" build/package/tool_origins.txt
grep -q 'stand-in$' build/package/tool_origins.txt || say "no stand-ins: this machine's libcurl needs none"
PYTHONPATH=tests/fakes python3 - "$old" <<'PYTHON' || fail "an invocation there"
import sys
from runtime_api import RuntimeApi

command = ["chroot", sys.argv[1], "/opt/lambda_tool/bootstrap"]
with RuntimeApi(command, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}) as api:
    outcomes = [api.invoke({"do": "echo"}) for _ in range(2)]
    assert [o.kind for o in outcomes] == ["response"] * 2, outcomes
    assert api.stop_process() == 0
print(f"== invocations there: cold {outcomes[0].seconds * 1000:.0f} ms, warm {outcomes[1].seconds * 1000:.0f} ms")
PYTHON

# What the launcher hands over, seen by a program in calve's place.
printf '%s\n' '#include <stdio.h>' '#include <stdlib.h>' 'int main(int c, char** v) {' \
  'for (int i = 0; i < c; ++i) printf("[%s]", v[i]);' 'const char* l = getenv("CALVE_LAMBDA");' \
  'printf(" CALVE_LAMBDA=%s LD_LIBRARY_PATH=%s\n", l ? l : "", getenv("LD_LIBRARY_PATH")); }' |
  cc -x c -o "$home/calve" -
path=LD_LIBRARY_PATH=/lib64:/usr/lib64:/var/runtime
seen=$(inside /opt/calve/bootstrap)
[ "$seen" = "[/opt/calve/bootstrap][lambda] CALVE_LAMBDA=1 $path" ] || fail "as the runtime it hands over: $seen"
seen=$(inside /opt/calve/bootstrap run 'a b' '')
[ "$seen" = "[/opt/calve/bootstrap][run][a b][] CALVE_LAMBDA= $path" ] || fail "with arguments it hands over: $seen"
mv "$home/lib/$loader" "$home/lib/gone"
inside /opt/calve/bootstrap 2>/dev/null && fail "it says nothing about a missing loader"
say "package_test: all ok"
