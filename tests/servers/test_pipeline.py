"""The whole flow on real servers: an object lands, a notification arrives, workers or functions load it, once."""

import bz2
import json
import random
import signal
import time

import pyarrow.parquet as pq
import pytest
from aws_flow import CHUNKS, EVENTS, LAKE, LANDING, MotoFlow, VersitygwFlow
from conditions import wait_until
from lambda_mapping import Mapping
from pipeline import CALVE, Pipeline, expected, make_csv, make_parquet
from servers import why_missing

ROWS = 12_000


@pytest.fixture(params=["moto-glue", "versitygw-rest", "versitygw-postgres"])
def cloud(request, tmp_path):
    """Fresh servers for each test: a bucket, two queues with dead letters, a catalog."""
    parts = {
        "moto-glue": ["moto"],
        "versitygw-rest": ["versitygw", "elasticmq", "rest"],
        "versitygw-postgres": ["versitygw", "elasticmq", "postgres"],
    }[request.param]
    for part in parts:
        if reason := why_missing(part):
            pytest.skip(reason)
    if request.param == "moto-glue":
        with MotoFlow(visibility_s=10) as flow:
            yield Pipeline(flow, tmp_path, "glue")
        return
    folder = tmp_path / "s3"
    folder.mkdir()
    with VersitygwFlow(folder, visibility_s=10) as flow:
        if request.param == "versitygw-postgres":
            postgres = request.getfixturevalue("postgres")
            name = f"pipeline{random.getrandbits(32):08x}"
            yield Pipeline(flow, tmp_path, postgres.uri, CALVE_CATALOG_NAME=name)
        else:
            rest = request.getfixturevalue("rest")
            # One server for the whole run: each test has a namespace of its own.
            yield Pipeline(flow, tmp_path, rest.endpoint, table=f"nyc{random.getrandbits(32):08x}.trips")
        assert not flow.bridge.failures


def stop(worker):
    """Ends a worker as Kubernetes does; its log."""
    worker.send_signal(signal.SIGTERM)
    _, err = worker.communicate(timeout=60)
    assert worker.returncode == 0, err
    return [json.loads(line) for line in err.splitlines()]


def test_a_worker_loads_what_lands(cloud, tmp_path):
    worker = cloud.worker("--threads", "2")
    try:
        cloud.flow.upload(make_csv(tmp_path / "a.csv", ROWS), "in/a b+c/ä%41.csv")
        wait_until(lambda: cloud.committed() == 1, "the load to be committed", 90)
        (tmp_path / "folder").touch()
        cloud.flow.upload(tmp_path / "folder", "in/folder/")
        cloud.flow.upload(make_csv(tmp_path / "b.csv", ROWS, ROWS), "in/b.csv")
        wait_until(lambda: cloud.committed() == 2, "the second load to be committed", 90)
        wait_until(cloud.flow.is_idle, "the queues to be empty", 60)
    finally:
        log = stop(worker)
    assert cloud.rows() == expected(2 * ROWS)
    assert cloud.flow.dead() == []
    assert any("acknowledged" in line["msg"] for line in log), "the test event"
    found = cloud.json("validate", cloud.table)
    assert found["records"] == 2 * ROWS


def test_lambda_functions_load_what_lands(cloud, tmp_path):
    flow = cloud.flow
    env = cloud.function_environment(tmp_path / "lambda-tmp")
    with (tmp_path / "functions.log").open("w") as log:
        planner = Mapping(flow.sqs, flow.queues[EVENTS], [CALVE, "lambda"], env | {"CALVE_HANDLER": "plan"}, stderr=log)
        consumers = Mapping(
            flow.sqs,
            flow.queues[CHUNKS],
            [CALVE, "lambda"],
            env | {"CALVE_HANDLER": "consume"},
            concurrency=2,
            batch=2,
            stderr=log,
        )
        with planner, consumers:
            flow.upload(make_csv(tmp_path / "a.csv", ROWS), "in/a.csv")
            # The message of a naive pipeline: it names an object, too.
            flow.upload(make_csv(tmp_path / "b.csv", ROWS, ROWS), "other/b.csv")
            wait_until(lambda: cloud.committed() == 2, "both loads to be committed", 120)
            wait_until(flow.is_idle, "the queues to be empty", 60)
    kinds = {outcome.kind for outcome in planner.outcomes + consumers.outcomes}
    assert kinds == {"response"}, (tmp_path / "functions.log").read_text()
    assert cloud.rows() == expected(2 * ROWS)
    assert flow.dead() == []


@pytest.mark.parametrize("how", ["worker", "functions"])
def test_the_chunk_message_of_a_naive_pipeline_loads_its_parquet_object_once(cloud, tmp_path, how):
    """Its planner cuts the file up into Parquet objects and names each in a message on the queue of chunks."""
    flow = cloud.flow
    whole = make_parquet(ROWS)
    half = ROWS // 2
    for i, part in enumerate((whole.slice(0, half), whole.slice(half))):
        pq.write_table(part, tmp_path / f"{i}.parquet", row_group_size=1_000)
        flow.s3.upload_file(str(tmp_path / f"{i}.parquet"), LAKE, f"chunks/trips+ 2015_part{i}.parquet")
    flow.s3.put_object(Bucket=LAKE, Key="chunks/packed.parquet", Body=bz2.compress(b"id\n1\n"))
    names = [f"chunks/trips+ 2015_part{i}.parquet" for i in (0, 1, 0, 0)] + ["chunks/packed.parquet"]
    bodies = [json.dumps({"s3_bucket": LAKE, "s3_object_key": name}) for name in names]
    for body in bodies:
        flow.sqs.send_message(QueueUrl=flow.queues[CHUNKS], MessageBody=body)
    reasons = tmp_path / "consumer.log"
    with reasons.open("w") as log:
        if how == "worker":
            done = cloud.worker("--role", "consume", "--until-empty", "--threads", "2", stderr=log)
            assert done.wait(timeout=180) == 0, reasons.read_text()
        else:
            env = cloud.function_environment(tmp_path / "lambda-tmp") | {"CALVE_HANDLER": "consume"}
            with Mapping(
                flow.sqs, flow.queues[CHUNKS], [CALVE, "lambda"], env, concurrency=2, batch=2, stderr=log
            ) as consumers:
                wait_until(lambda: cloud.committed() == 2, "both loads to be committed", 120)
                wait_until(lambda: flow.pending(CHUNKS) == 0, "the queue to be empty", 60)
            assert {outcome.kind for outcome in consumers.outcomes} == {"response"}, reasons.read_text()
    assert [len(load["snapshot_ids"]) for load in cloud.loads()] == [1, 1]
    assert flow.dead() == [bodies[-1]]
    assert "bzip2" in reasons.read_text()
    columns = ", ".join(f'CAST("{name}" AS VARCHAR) AS "{name}"' for name in whole.column_names)
    rows = cloud.json("query", f"SELECT {columns} FROM {cloud.table} ORDER BY {cloud.table.split('.')[1]}.id")
    assert len(rows) == ROWS
    for row, truth in zip(rows, whole.to_pylist(), strict=True):
        truth["list"] = truth["list"] and f"[{truth['list'][0]}, NULL]"
        assert row == {name: value if value is None else str(value) for name, value in truth.items()}


def test_every_message_five_times_and_shuffled(cloud, tmp_path):
    flow = cloud.flow
    flow.upload(make_csv(tmp_path / "a.csv", ROWS), "in/a.csv")
    wait_until(lambda: flow.pending(EVENTS) >= 1, "the notification")
    for planner in [cloud.worker("--role", "plan", "--until-empty") for _ in range(2)]:
        _, err = planner.communicate(timeout=90)
        assert planner.returncode == 0, err
    bodies = []
    while found := flow.sqs.receive_message(QueueUrl=flow.queues[CHUNKS], MaxNumberOfMessages=10).get("Messages"):
        for message in found:
            bodies.append(message["Body"])
            flow.sqs.delete_message(QueueUrl=flow.queues[CHUNKS], ReceiptHandle=message["ReceiptHandle"])
    assert len(bodies) >= 4
    copies = bodies * 5
    random.Random(1).shuffle(copies)
    for body in copies:
        flow.sqs.send_message(QueueUrl=flow.queues[CHUNKS], MessageBody=body)
    consumers = [cloud.worker("--role", "consume", "--until-empty", "--threads", "8") for _ in range(2)]
    for consumer in consumers:
        _, err = consumer.communicate(timeout=180)
        assert consumer.returncode == 0, err
    assert cloud.rows() == expected(ROWS)
    assert [len(load["snapshot_ids"]) for load in cloud.loads()] == [1]
    assert flow.dead() == []


def test_consumers_are_killed_again_and_again(cloud, tmp_path):
    rng = random.Random(7)
    cloud.env |= {"CALVE_VISIBILITY_TIMEOUT": "2s", "CALVE_CHUNK_SIZE": "64KiB"}
    cloud.flow.upload(make_csv(tmp_path / "a.csv", ROWS), "in/a.csv")
    wait_until(lambda: cloud.flow.pending(EVENTS) >= 1, "the notification")
    for _ in range(2):
        workers = [cloud.worker("--threads", "2") for _ in range(2)]
        time.sleep(rng.uniform(0.3, 1.5))
        for worker in workers:
            worker.kill()
            worker.communicate()
    worker = cloud.worker("--threads", "2")
    try:
        # What the dead had in hand comes back, or is in the dead letters when it was killed too often.
        wait_until(cloud.flow.is_idle, "the queues to be empty", 120)
        cloud.json("redrive")
        wait_until(lambda: cloud.committed() == 1 and cloud.flow.is_idle(), "the load to be committed", 120)
    finally:
        stop(worker)
    assert cloud.rows() == expected(ROWS)


def test_poison_ends_in_the_dead_letters_and_the_rest_goes_on(cloud, tmp_path):
    flow = cloud.flow
    flow.sqs.send_message(QueueUrl=flow.queues[EVENTS], MessageBody='{"what": "is this"}')
    flow.sqs.send_message(QueueUrl=flow.queues[CHUNKS], MessageBody="no message of ours")
    flow.sqs.send_message(
        QueueUrl=flow.queues[EVENTS], MessageBody=json.dumps({"s3_bucket": LANDING, "s3_object_key": "not there.csv"})
    )
    flow.upload(make_csv(tmp_path / "a.csv", 500), "in/a.csv")
    worker = cloud.worker()
    try:
        wait_until(lambda: cloud.committed() == 1, "the load to be committed", 90)
        wait_until(flow.is_idle, "the queues to be empty", 60)
    finally:
        log = stop(worker)
    assert sorted(flow.dead()) == sorted(
        [
            '{"what": "is this"}',
            "no message of ours",
            json.dumps({"s3_bucket": LANDING, "s3_object_key": "not there.csv"}),
        ]
    )
    reasons = [line["msg"] for line in log if line["level"] == "error"]
    assert len(reasons) == 3 and any("not there.csv" in reason for reason in reasons), reasons
    assert cloud.rows() == expected(500)


def test_backfill_finds_what_no_event_told_of(cloud, tmp_path):
    flow = cloud.flow
    for i in range(3):
        flow.upload(make_csv(tmp_path / f"{i}.csv", 300, i * 300), f"old/{i}.csv")
    wait_until(lambda: flow.pending(EVENTS) >= 3, "the notifications")
    flow.sqs.purge_queue(QueueUrl=flow.queues[EVENTS])  # They are lost.
    entries = cloud.json("backfill", f"s3://{LANDING}/old/")["sources"]
    assert [entry["status"] for entry in entries] == ["sent"] * 3
    worker = cloud.worker("--until-empty")
    _, err = worker.communicate(timeout=120)
    assert worker.returncode == 0, err
    assert cloud.rows() == expected(900)
    entries = cloud.json("backfill", f"s3://{LANDING}/old/", "--dry-run")["sources"]
    assert [entry["status"] for entry in entries] == ["loaded"] * 3


def test_run_loads_from_s3_without_queues(cloud, tmp_path):
    source = cloud.flow.upload(make_csv(tmp_path / "a.csv", ROWS), "in/a.csv")
    first = cloud.json("run", source)["loads"][0]
    assert first["status"] == "committed" and first["rows"] == ROWS
    assert cloud.json("run", f"s3://{LANDING}/in/*.csv")["loads"][0]["status"] == "already-loaded"
    assert cloud.rows() == expected(ROWS)
    gone = cloud.command("run", f"s3://{LANDING}/in/none.csv")
    assert gone.returncode == 1 and "none.csv" in gone.stderr, gone
