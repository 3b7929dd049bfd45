"""`./dev aws-demo`: the cloud's flow on real servers of this machine, shown step by step.

S3 is versitygw, SQS is ElasticMQ, Glue is moto; calve is the program that would run on AWS, told where they are by
AWS_ENDPOINT_URL_*. Everything is stopped at the end, also by Ctrl-C.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from aws_flow import CHUNKS, EVENTS, LAKE, LANDING, VersitygwFlow
from conditions import wait_until
from pipeline import CALVE, Pipeline
from servers import ROOT, Moto, why_missing

QUERY = """SELECT payment_type, count(*) AS trips, round(avg(total_amount), 2) AS dollars
FROM nyc.trips GROUP BY payment_type ORDER BY trips DESC"""
TAXI_GEN = ROOT / "build" / "release" / "taxi_gen"


def step(text):
    print(f"\n\033[1m== {text}\033[0m" if sys.stdout.isatty() else f"\n== {text}", flush=True)


def show(cloud, *arguments):
    print(f"$ calve {' '.join(arguments)}", flush=True)
    done = cloud.command(*arguments)
    print(done.stdout + done.stderr, end="", flush=True)
    if done.returncode != 0:
        sys.exit(f"calve {arguments[0]} ended with {done.returncode}")


def peek(flow, queue):
    """The bodies that wait in a queue; they stay there."""
    found = flow.sqs.receive_message(QueueUrl=flow.queues[queue], MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [message["Body"] for message in found.get("Messages", [])]


def cut(text, width=220):
    return text if len(text) <= width else text[: width - 3] + "..."


def demo(folder, rows):
    csv = folder / "yellow_tripdata_2015-01.csv"
    step(f"a taxi CSV: {rows:,} rows, some bad records among them")
    subprocess.run([TAXI_GEN, "--rows", str(rows), "--bad", str(rows // 10_000 + 1), "--seed", "2015", csv], check=True)
    print(f"{csv.name}: {csv.stat().st_size / 1e6:.0f} MB")

    step("the servers: versitygw (S3), ElasticMQ (SQS), moto (Glue)")
    with VersitygwFlow(folder / "s3") as flow, Moto() as glue:
        cloud = Pipeline(flow, folder, "glue", CALVE_CHUNK_SIZE="auto", AWS_ENDPOINT_URL_GLUE=glue.endpoint)
        print(f"S3 {flow.s3_server.endpoint}   SQS {flow.sqs_server.endpoint}   Glue {glue.endpoint}")

        step(f"the file lands in s3://{LANDING}")
        began = time.monotonic()
        uri = flow.upload(csv, f"2015/{csv.name}")
        wait_until(lambda: any("Records" in body for body in peek(flow, EVENTS)), "the notification")
        for body in peek(flow, EVENTS):
            print(f"{EVENTS}: {cut(body)}")

        step("a planner turns the notification into a plan and chunk messages (calve worker --role plan)")
        planner = cloud.worker("--role", "plan", "--until-empty")
        _, log = planner.communicate(timeout=120)
        for line in log.splitlines():
            print(cut(json.loads(line)["msg"]))
        for body in peek(flow, CHUNKS)[:3]:
            print(f"{CHUNKS}: {cut(body)}")
        print(f"{CHUNKS}: {flow.pending(CHUNKS)} messages in all")

        step("two consumers share the chunks; the last one out commits (calve worker --role consume, twice)")
        consumers = [cloud.worker("--role", "consume", "--until-empty", "--threads", "1") for _ in range(2)]
        for number, consumer in enumerate(consumers, 1):
            _, log = consumer.communicate(timeout=600)
            for line in log.splitlines():
                print(f"{number}: {cut(json.loads(line)['msg'])}")
        print(f"landed to committed: {time.monotonic() - began:.1f} s")

        step("the ledger, on S3")
        show(cloud, "status")
        load = cloud.loads()[0]
        assert load["source"] == uri and load["status"] == "committed", load
        show(cloud, "status", load["load_id"][:8])

        step("the same notification once more: nothing is doubled")
        flow.sqs.send_message(
            QueueUrl=flow.queues[EVENTS],
            MessageBody=json.dumps({"s3_bucket": LANDING, "s3_object_key": f"2015/{csv.name}"}),
        )
        again = cloud.worker("--until-empty")
        _, log = again.communicate(timeout=120)
        for line in log.splitlines():
            print(cut(json.loads(line)["msg"]))

        step("the table, in Glue: one snapshot")
        table = glue.client("glue").get_table(DatabaseName="nyc", Name="trips")["Table"]
        print(f"metadata_location: {table['Parameters']['metadata_location']}")
        show(cloud, "validate", "nyc.trips")
        show(cloud, "query", QUERY)
        print(f"objects in s3://{LAKE}: {len(flow.objects(LAKE))}")
    step("the servers are stopped")


def main():
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    for part in ("versitygw", "elasticmq", "moto"):
        if reason := why_missing(part):
            sys.exit(f"aws-demo: {reason}")
    if not Path(CALVE).exists():
        sys.exit(f"aws-demo: {CALVE} is not built")
    with tempfile.TemporaryDirectory(prefix="calve-aws-demo-") as folder:
        (Path(folder) / "s3").mkdir()
        demo(Path(folder), rows)


if __name__ == "__main__":
    main()
