"""Help, wrong usage and configuration, as a person meets them."""

import re

import pytest
from cli_support import calve, environment, expect_error

COMMANDS = ["run", "plan", "query", "status", "validate", "version"]
CSV = "id,name\n1,a\n2,b\n"


@pytest.fixture
def here(tmp_path):
    (tmp_path / "a.csv").write_text(CSV)
    return tmp_path


def test_calve_alone_shows_the_commands_and_fails(here):
    done = calve(cwd=here)
    assert done.code == 2
    assert done.out == ""
    for command in COMMANDS:
        assert re.search(rf"^  {command} ", done.err, re.MULTILINE), done


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["help"]])
def test_help_goes_to_stdout(here, arguments):
    done = calve(*arguments, cwd=here)
    assert done.code == 0
    assert done.err == ""
    assert "calve run trips.csv --table nyc.trips" in done.out


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_teaches_by_example(here, command):
    done = calve("help", command, cwd=here)
    assert done.code == 0
    assert done.out == calve(command, "--help", cwd=here).out
    examples = done.out.split("\nExamples:\n")[1]
    count = len(re.findall(r"^  calve ", examples, re.MULTILINE))
    assert 2 <= count <= 4, examples


def test_help_is_not_kept_back_by_a_broken_configuration(here):
    (here / "calve.toml").write_text("nonsense = = 1\n")
    assert calve("run", "--help", cwd=here).code == 0
    assert calve("version", cwd=here).code == 0


def test_version(here):
    done = calve("version", "--format", "json", cwd=here)
    assert done.code == 0
    assert set(done.json()) == {"calve", "duckdb", "sqlite"}
    assert done.json()["calve"] in calve("--version", cwd=here).out


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["rnu", "a.csv"], ["unknown command 'rnu'", "did you mean run?"]),
        (["run", "a.csv", "--tabel", "x.y"], ["unknown flag --tabel", "did you mean --table?"]),
        (["run", "a.csv", "--table", "x.y", "--commit-retrys=3"], ["did you mean --commit-retries?"]),
        (["run", "a.csv", "--table"], ["--table wants a value"]),
        (["run", "--table", "x.y"], ["which file?"]),
        (["run", "a.csv"], ["which table?", "--table"]),
        (["run", "a.csv", "--table", "nodot"], ["--table", "nodot"]),
        (["run", "a.csv", "--table", "x.y", "--threads", "0x"], ["--threads: '0x' is not a number from 1 to 512"]),
        (["run", "a.csv", "--table", "x.y", "--threads", "0"], ["--threads: '0' is not a number from 1 to 512"]),
        (
            ["run", "a.csv", "--table", "x.y", "--chunk-size", "big"],
            ["--chunk-size: 'big' is not a size such as 64MiB"],
        ),
        (["run", "a.csv", "--table", "x.y", "--max-bad-records", "1%%"], ["--max-bad-records"]),
        (["run", "a.csv", "--table", "x.y", "--column", "id"], ["--column: 'id' is not of the form NAME=VALUE"]),
        (["run", "a.csv", "--table", "x.y", "--column", "id=QUUX"], ["--column", "QUUX"]),
        (["run", "a.csv", "--table", "x.y", "--commit", "chunk", "--split", "speculate"], ["--split scan"]),
        (["run", "a.csv", "--table", "x.y", "--format", "xml"], ["--format: 'xml' is not one of text, json"]),
        (["run", "a.csv", "--table", "x.y", "--config", "no.toml"], ["no.toml", "No such file"]),
        (["run", "a.csv", "--table", "x.y", "--sql-file", "no.sql"], ["no.sql", "No such file"]),
        (["status", "--delimiter", ";"], ["calve status takes no --delimiter"]),
        (["query", "SELECT", "1"], ["'1' is one too many"]),
    ],
)
def test_wrong_usage(here, arguments, parts):
    done = calve(*arguments, cwd=here)
    expect_error(done, 2, *parts)
    assert done.out == ""
    assert sorted(path.name for path in here.iterdir()) in (["a.csv"], ["a.csv", "warehouse"])


def test_unknown_key_in_the_file(here):
    (here / "calve.toml").write_text("threads = 2\n\n[commit]\nretrys = 3\n")
    done = calve("run", "a.csv", "--table", "x.y", cwd=here)
    expect_error(done, 2, "calve.toml:4: unknown key 'commit.retrys'; did you mean commit.retries?")


def test_file_that_is_not_toml(here):
    (here / "calve.toml").write_text("threads = = 2\n")
    expect_error(calve("run", "a.csv", "--table", "x.y", cwd=here), 2, "calve.toml:1:", "not TOML")


def test_unknown_variable(here):
    done = calve("run", "a.csv", "--table", "x.y", cwd=here, env={"CALVE_COMMIT_RETRY": "3"})
    expect_error(done, 2, "unknown environment variable CALVE_COMMIT_RETRY; did you mean CALVE_COMMIT_RETRIES?")


def test_precedence(here):
    (here / "calve.toml").write_text('table = "file.t"\nwarehouse = "from_file"\npipeline = "file"\n')
    (here / "other.toml").write_text('table = "other.t"\nwarehouse = "from_other"\n')

    def table(*flags, **env):
        done = calve("run", "a.csv", "--format", "json", *flags, cwd=here, env=env)
        assert done.code == 0, done
        return done.json()["loads"][0]["table"]

    assert table() == "file.t"
    assert (here / "from_file" / "catalog.db").exists()
    assert table(CALVE_TABLE="environment.t") == "environment.t"
    assert table("--table", "flag.t", CALVE_TABLE="environment.t") == "flag.t"
    assert not (here / "from_other").exists()
    assert table("--config", "other.toml") == "other.t"
    assert (here / "from_other" / "catalog.db").exists()
    assert table(CALVE_CONFIG="other.toml") == "other.t"
    assert not (here / "warehouse").exists()


def test_verbose_tells_where_settings_come_from(here):
    (here / "calve.toml").write_text("[commit]\nretries = 4\n")
    done = calve("run", "a.csv", "--table", "x.y", "--verbose", cwd=here, env={"CALVE_THREADS": "2"})
    assert done.code == 0, done
    assert "commit.retries = 4 (from calve.toml:2: commit.retries)" in done.err
    assert "threads = 2 (from CALVE_THREADS)" in done.err
    assert "table = x.y (from --table)" in done.err


def test_quiet_says_nothing_but_the_result(here):
    done = calve("run", "a.csv", "--table", "x.y", "--quiet", cwd=here)
    assert done.code == 0, done
    assert done.err == ""
    assert "committed" in done.out


def test_environment_of_the_tests_is_clean():
    assert not [name for name in environment() if name.startswith("CALVE_")]
