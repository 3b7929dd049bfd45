"""Compressed CSVs: the same rows at the same offsets as the plain file, whatever it is cut into; damage committed never."""

import gzip
import io
import random
import re
import subprocess
import tarfile
import zlib

import pyarrow as pa
import pytest
from cli_support import CALVE, calve, environment, expect_error, leaves_nothing

ROWS = 60_000


def lines(rows=ROWS):
    rng = random.Random(5)
    out = ["id,name,note,amount"]
    for i in range(rows):
        note = f'"line {i}\nof ""two"" lines"' if i % 7 == 0 else f"n{rng.randrange(10**9)}"
        out.append(f"{i},name {rng.randrange(1000)},{note},{rng.randrange(10**6) / 100}")
    return ("\n".join(out) + "\n").encode()


@pytest.fixture(scope="module")
def text():
    return lines()


@pytest.fixture
def here(tmp_path, text):
    (tmp_path / "plain.csv").write_bytes(text)
    return tmp_path


def members(text, size):
    return b"".join(gzip.compress(text[at : at + size], 6) for at in range(0, len(text), size))


def small_blocks(text):
    """One member of many small deflate blocks."""
    deflate = zlib.compressobj(6, zlib.DEFLATED, 31, 1)
    return deflate.compress(text) + deflate.flush()


def zstd(text):
    return pa.Codec("zstd").compress(text, asbytes=True)


def load(here, name, *flags):
    table = "db." + re.sub(r"\W", "_", name + "".join(flags))
    done = calve("run", name, "--table", table, "--metadata-columns", *flags, cwd=here)
    assert done.code == 0, done
    return table, done


def rows_of(here, table):
    sql = f"SELECT id, name, note, amount, _offset FROM {table} ORDER BY id"
    done = calve("query", sql, "--format", "csv", cwd=here)
    assert done.code == 0, done
    return done.out


KINDS = {
    "one.csv.gz": lambda text: gzip.compress(text, 6),
    "blocks.csv.gz": small_blocks,
    "members.csv.gz": lambda text: members(text, 65_280),
    "padded.csv.gz": lambda text: gzip.compress(text, 1) + bytes(1000),
    "stored.csv.gz": lambda text: gzip.compress(text, 0),
}


def test_the_rows_of_the_plain_file(here, text):
    plain = rows_of(here, load(here, "plain.csv")[0])
    assert plain.count("\n") > ROWS
    for name, make in KINDS.items():
        (here / name).write_bytes(make(text))
        for size in ("2097152", "400000", "70001"):
            table, done = load(here, name, "--chunk-size", size)
            assert rows_of(here, table) == plain, (name, size)
            if size == "400000":
                assert "planned as 1 chunk " not in done.err, (name, size)


def test_zstd(here, text):
    plain = rows_of(here, load(here, "plain.csv")[0])
    (here / "one.csv.zst").write_bytes(zstd(text))
    frames = b"".join(zstd(text[at : at + 200_000]) for at in range(0, len(text), 200_000))
    (here / "frames.csv.zst").write_bytes(frames)
    one, done = load(here, "one.csv.zst", "--chunk-size", "300000")
    assert "planned as 1 chunk " in done.err, done
    assert rows_of(here, one) == plain
    many, done = load(here, "frames.csv.zst", "--chunk-size", "300000")
    assert "planned as 1 chunk " not in done.err, done
    assert rows_of(here, many) == plain


@pytest.mark.parametrize("flags", [("--split", "scan"), ("--commit", "chunk")])
def test_exact_starts(here, text, flags):
    (here / "a.csv.gz").write_bytes(small_blocks(text))
    plain = rows_of(here, load(here, "plain.csv")[0])
    table, _ = load(here, "a.csv.gz", "--chunk-size", "500000", *flags)
    assert rows_of(here, table) == plain
    again = calve("run", "a.csv.gz", "--table", table, "--metadata-columns", cwd=here)
    assert "already loaded" in again.out or "already-loaded" in again.out, again


def test_bad_records_have_the_texts_offsets(here):
    text = b"id,v\n" + b"".join(b"%d,%d\n" % (i, i) for i in range(1000)) + b"x,1\n"
    (here / "a.csv.gz").write_bytes(gzip.compress(text))
    done = calve("run", "a.csv.gz", "--table", "db.t", "--column", "id=BIGINT", cwd=here)
    assert done.code == 0, done
    quarantine = list((here / "warehouse").rglob("*.jsonl"))
    assert len(quarantine) == 1
    assert f'"offset":{text.index(b"x,1")}' in quarantine[0].read_text().replace(" ", "")


def test_damage_is_told_and_nothing_is_committed(here, text):
    stream = gzip.compress(text[:200_000])
    flipped = bytearray(stream)
    flipped[len(stream) // 2] ^= 4
    wrong_crc = stream[:-8] + bytes([stream[-8] ^ 1]) + stream[-7:]
    wrong_length = stream[:-1] + bytes([stream[-1] ^ 1])
    cases = {
        "cut off": stream[:-100],
        "damaged": bytes(flipped),
        "incorrect data check": wrong_crc,
        "incorrect length check": wrong_length,
        "behind the end": stream + b"garbage",
        "is empty behind its compression": gzip.compress(b""),
    }
    for words, content in cases.items():
        (here / "bad.csv.gz").write_bytes(content)
        done = calve("run", "bad.csv.gz", "--table", "db.t", cwd=here)
        expect_error(done, 1, "bad.csv.gz", words)
        leaves_nothing(here / "warehouse")


def test_what_is_no_csv_within(here):
    pack = io.BytesIO()
    with tarfile.open(fileobj=pack, mode="w:gz") as tar:
        member = tarfile.TarInfo("a.csv")
        member.size = 8
        tar.addfile(member, io.BytesIO(b"a,b\n1,2\n"))
    (here / "a.tar.gz").write_bytes(pack.getvalue())
    expect_error(calve("run", "a.tar.gz", "--table", "db.t", cwd=here), 1, "tar archive")
    (here / "twice.csv.gz").write_bytes(gzip.compress(gzip.compress(b"a,b\n1,2\n")))
    expect_error(calve("run", "twice.csv.gz", "--table", "db.t", cwd=here), 1, "gzip")
    leaves_nothing(here / "warehouse")


def test_names_do_not_matter(here):
    (here / "a.csv").write_bytes(gzip.compress(b"a,b\n1,2\n3,4\n"))
    (here / "b.csv.gz").write_bytes(b"a,b\n1,2\n3,4\n")
    done = calve("run", "a.csv", "b.csv.gz", "--table", "db.t", cwd=here)
    assert done.code == 0, done
    assert "a.csv: it is compressed by gzip, whatever its name says" in done.err
    assert "b.csv.gz: it is not compressed, whatever its name says" in done.err
    assert calve("query", "SELECT count(*) AS n FROM db.t", "--format", "json", cwd=here).json() == [{"n": 4}]


def test_plan_tells(here, text):
    (here / "a.csv.gz").write_bytes(gzip.compress(text))
    done = calve("plan", "a.csv.gz", "--table", "db.t", cwd=here)
    assert done.code == 0, done
    assert "gzip, " in done.out and " of text, " in done.out
    plan = calve("plan", "a.csv.gz", "--table", "db.t", "--format", "json", cwd=here).json()["plans"][0]
    assert plan["compression"]["codec"] == "gzip"
    assert plan["compression"]["text_bytes"] == len(text)
    leaves_nothing(here / "warehouse")


def test_workers(here, text):
    (here / "in").mkdir()
    (here / "in" / "a.csv.gz").write_bytes(small_blocks(text))
    flags = ("--table", "db.t", "--metadata-columns", "--chunk-size", "500000", "--state", "state")
    sent = calve("backfill", f"{here}/in/", *flags, cwd=here)
    assert sent.code == 0, sent
    worked = calve("worker", "--until-empty", "--threads", "2", *flags, cwd=here)
    assert worked.code == 0, worked
    assert rows_of(here, "db.t") == rows_of(here, load(here, "plain.csv")[0])
    assert len(list((here / "state" / "loads").glob("*/windows-*.bin"))) == 1


def test_a_bomb_is_read_in_bounded_memory(here):
    with gzip.open(here / "bomb.csv.gz", "wb", compresslevel=9) as bomb:
        bomb.write(b"a,b\n1,2\n")
        for _ in range(600):
            bomb.write(bytes(1 << 20))
    script = (
        "import resource, subprocess, sys\n"
        "code = subprocess.run(sys.argv[1:], capture_output=True).returncode\n"
        "print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
    )
    done = subprocess.run(
        ["python3", "-c", script, CALVE, "run", "bomb.csv.gz", "--table", "db.t", "--threads", "1"],
        cwd=here,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    code, kilobytes = map(int, done.stdout.split())
    assert code == 1
    assert kilobytes < 400_000
