"""`calve plan` on files of 1 MB to 1 TB: its time and what it reads must not depend on the size.

The larger files are sparse: taxi records at the head, at the end and around every sixteenth of the length, holes between
them, which read as NUL bytes and take no disk. A planner that samples elsewhere meets NULs, and says so: then
STRETCHES has to follow it.
"""

from measure import run

SIZES = (10**6, 10**8, 10**9, 10**10, 10**11, 10**12)
STRETCHES = 16
BEFORE_BYTES = 1 << 20  # a stretch reaches from here before its sixteenth
STRETCH_BYTES = 5 << 20
TIME_LIMIT_SECONDS = 1.0
READ_LIMIT_BYTES = 64 * 1000 * 1000


def whole_lines(data, limit):
    return data[: data.rindex(b"\n", 0, limit) + 1]


def make_sparse(path, sample, size):
    """A file of about `size` bytes from `sample`, a CSV of more than STRETCH_BYTES with a header."""
    header, records = sample.split(b"\n", 1)
    records = whole_lines(records, STRETCH_BYTES)
    with open(path, "wb") as file:
        file.write(header + b"\n")
        if size <= 2 * STRETCHES * STRETCH_BYTES:
            while file.tell() + len(records) <= size:
                file.write(records)
            file.write(whole_lines(records, max(size - file.tell(), 1000)))
            return
        file.write(records)
        for i in range(1, STRETCHES):
            file.seek(size * i // STRETCHES - BEFORE_BYTES)
            file.write(b"\n" + records)
        file.seek(size - len(records) - 1)
        file.write(b"\n" + records)


def measure(options):
    sample_path = options.dir / "taxi-plan-sample.csv"
    run([options.taxi_gen, "--rows", 40_000, "--seed", "7", sample_path])
    sample = sample_path.read_bytes()
    print("\n`calve plan` on sparse files")
    for size in SIZES:
        path = options.dir / "sparse.csv"
        try:
            make_sparse(path, sample, size)
            result = run([options.calve, "plan", path, "--format", "json"])
        finally:
            path.unlink(missing_ok=True)
        verdict = "ok"
        if result.seconds > TIME_LIMIT_SECONDS or result.read_bytes > READ_LIMIT_BYTES:
            verdict = f"above {TIME_LIMIT_SECONDS:.0f} s or {READ_LIMIT_BYTES / 1e6:.0f} MB !"
        print(
            f"{size / 1e9:10.3f} GB {result.seconds:8.3f} s {result.read_bytes / 1e6:8.1f} MB read "
            f"{result.peak_bytes / 1e6:6.0f} MB peak  {verdict}",
            flush=True,
        )
