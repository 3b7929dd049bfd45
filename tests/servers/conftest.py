"""Fixtures of the server tests: one of each real server for the whole run, skipped with the reason where it is missing."""

import contextlib
import uuid

import pytest
from servers import ElasticMq, IcebergRest, Moto, Postgres, Server, Versitygw, why_missing


@contextlib.contextmanager
def started(server):
    reason = why_missing(server.name)
    if reason:
        pytest.skip(reason)
    with server:
        yield server


@pytest.fixture(scope="session")
def versitygw(tmp_path_factory):
    with started(Versitygw(tmp_path_factory.mktemp("versitygw"))) as server:
        yield server


@pytest.fixture(scope="session")
def elasticmq():
    with started(ElasticMq()) as server:
        yield server


@pytest.fixture(scope="session")
def moto():
    with started(Moto()) as server:
        yield server


@pytest.fixture(scope="session")
def rest(tmp_path_factory):
    with started(IcebergRest(tmp_path_factory.mktemp("rest") / "warehouse")) as server:
        yield server


@pytest.fixture(scope="session")
def postgres():
    with started(Postgres()) as server:
        yield server


@pytest.fixture
def fresh():
    """A name that no other test has used: of a bucket, a queue, a namespace."""
    return f"test-{uuid.uuid4().hex[:12]}"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows the end of the logs of the servers that it uses; of all that run when it names none."""
    report = (yield).get_result()
    if report.failed:
        used = [server for server in Server.running if server.name in item.fixturenames]
        for server in used or Server.running:
            report.sections.append((f"{server.name}: {server.log}", server.log_tail()))
