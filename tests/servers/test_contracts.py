"""The C++ contract suites on real servers: each program gets its server by environment variables.

A program that is not there, that fails, or in which nothing but skips happened fails its test here.
"""

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from servers import ROOT

PROGRAMS = Path(os.environ.get("CALVE_CONTRACT_PROGRAMS", ROOT / "build" / "release" / "tests" / "contract"))
LIMIT_S = 300
SQS_SHARDS = 5  # it waits for time-outs that are told in seconds


def outcomes(report):
    """Of a GoogleTest JSON report: {"passed": names, "failed": names, "skipped": names}."""
    names = {"passed": [], "failed": [], "skipped": []}
    for suite in report["testsuites"]:
        for case in suite["testsuite"]:
            name = f"{case['classname']}.{case['name']}"
            if case.get("failures"):
                names["failed"].append(name)
            elif case["result"] == "COMPLETED":
                names["passed"].append(name)
            else:
                names["skipped"].append(name)
    return names


def run_contract(interface, tmp_path, environment, shards=1):
    """Runs INTERFACE_contract_tests; its outcomes, once they are what a contract must give. A program that spends its time
    waiting for its server is run as several, each with its share of the tests."""
    program = PROGRAMS / f"{interface}_contract_tests"
    assert program.exists(), f"there is no {program}: build it first"
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "CALVE_TEST_", "GTEST_"))}
    inherited |= {"NO_PROXY": "127.0.0.1", "HOME": str(tmp_path)}

    def run(shard):
        """The exit code, the report's outcomes or None, and what was printed."""
        folder = tmp_path / f"shard-{shard}"
        folder.mkdir(exist_ok=True)
        report = folder / "report.json"
        done = subprocess.run(
            [program, f"--gtest_output=json:{report}"],
            env=inherited | {"GTEST_TOTAL_SHARDS": str(shards), "GTEST_SHARD_INDEX": str(shard)} | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=LIMIT_S,
            cwd=folder,
            check=False,
        )
        names = outcomes(json.loads(report.read_text())) if report.exists() else None
        return done.returncode, names, f"{done.stdout[-20000:]}\n{done.stderr[-5000:]}"

    with ThreadPoolExecutor(shards) as pool:
        runs = list(pool.map(run, range(shards)))
    for code, names, output in runs:
        assert names is not None, f"{program.name} ended with {code} before its report\n{output}"
        assert not names["failed"] and code == 0, f"failed: {names['failed']}\n{output}"
    passed, skipped = ([name for _, names, _ in runs for name in names[kind]] for kind in ("passed", "skipped"))
    assert passed, f"{program.name} reports only skips: {skipped}\n{runs[0][2]}"
    print(f"{program.name}: {len(passed)} passed, skipped: {skipped}")


def test_s3_on_versitygw(versitygw, fresh, tmp_path):
    versitygw.client("s3").create_bucket(Bucket=fresh)
    variables = {"CALVE_TEST_S3_ENDPOINT": versitygw.endpoint, "CALVE_TEST_S3_BUCKET": fresh}
    run_contract("s3", tmp_path, versitygw.credentials() | variables)


def test_sqs_on_elasticmq(elasticmq, tmp_path):
    run_contract("sqs", tmp_path, elasticmq.credentials() | {"CALVE_TEST_SQS_ENDPOINT": elasticmq.endpoint}, SQS_SHARDS)


def test_sqs_on_moto(moto, tmp_path):
    run_contract("sqs", tmp_path, moto.credentials() | {"CALVE_TEST_SQS_ENDPOINT": moto.endpoint}, SQS_SHARDS)


def test_glue_on_moto(moto, tmp_path):
    run_contract("glue", tmp_path, moto.credentials() | {"CALVE_TEST_GLUE_ENDPOINT": moto.endpoint})


def test_rest_on_iceberg_rest(rest, tmp_path):
    variables = {"CALVE_TEST_REST_URI": rest.endpoint, "CALVE_TEST_REST_WAREHOUSE": rest.warehouse_uri}
    run_contract("rest", tmp_path, variables)


def test_postgres(postgres, tmp_path):
    run_contract("postgres", tmp_path, {"CALVE_TEST_POSTGRES_URI": postgres.uri})


def test_a_report_of_skips_only_is_not_a_pass(tmp_path, monkeypatch):
    """The judge itself: programs that skip, fail, or die before their report."""
    monkeypatch.setattr("test_contracts.PROGRAMS", tmp_path)

    def verdict(result, failures=(), code=0, report=True):
        case = {"classname": "C", "name": "N", "result": result, "failures": list(failures)}
        document = json.dumps({"testsuites": [{"testsuite": [case]}]})
        write = f"printf %s '{document}' >\"${{1#--gtest_output=json:}}\"\n" if report else ""
        program = tmp_path / "fake_contract_tests"
        program.write_text(f"#!/bin/sh\n{write}exit {code}\n")
        program.chmod(0o755)
        (tmp_path / "shard-0" / "report.json").unlink(missing_ok=True)
        try:
            run_contract("fake", tmp_path, {})
        except AssertionError as error:
            return str(error).splitlines()[0]
        return "pass"

    assert verdict("COMPLETED") == "pass"
    assert "only skips" in verdict("SKIPPED")
    assert "failed: ['C.N']" in verdict("COMPLETED", failures=[{"failure": "x"}], code=1)
    assert "failed: []" in verdict("COMPLETED", code=1)
    assert "before its report" in verdict("COMPLETED", report=False)
