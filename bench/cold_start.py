"""Cold starts: from the start of a process to its first answer through Lambda's Runtime API, in turns (A B C, A B C).

The event is S3's test event in a batch of one SQS message: everything is set up for work, nothing is to be done, and no
server is asked. What Lambda does before a process starts (fetching the code, making the sandbox) is not in it. One round
before the others is not counted: it fills the page cache and writes Python's bytecode.
"""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "fakes"))
from runtime_api import RuntimeApi

ROOT = Path(__file__).resolve().parents[1]

GOAL_MS = 150
PYTHON = "Python, the imports of a DuckDB + PyIceberg pipeline"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_REGION": "us-east-1",
    "AWS_LAMBDA_FUNCTION_NAME": "bench",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
    "CALVE_TABLE": "nyc.trips",
    "CALVE_WAREHOUSE": "s3://lake/t",
    "CALVE_CATALOG": "glue",
    "CALVE_QUEUE": "http://127.0.0.1:9/1/chunks",
}
MESSAGE = {
    "messageId": "00000000-0000-0000-0000-000000000001",
    "receiptHandle": "receipt",
    "body": json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "landing"}),
    "attributes": {"ApproximateReceiveCount": "1"},
    "messageAttributes": {},
    "md5OfBody": "",
    "eventSource": "aws:sqs",
    "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:events",
    "awsRegion": "us-east-1",
}


def contestants(options):
    """{name: command} of those that are there."""
    found = {"calve lambda": [options.calve, "lambda"]}
    if options.bootstrap.exists():
        found["calve, the package's bootstrap"] = [options.bootstrap]
    script = Path(__file__).resolve().parent / "peers" / "python_bootstrap.py"
    found[PYTHON] = [sys.executable, script]
    return found


def cold_ms(command):
    """Milliseconds of one cold invocation. Raises when the answer is not the right one."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    words = [str(part) for part in command]
    nowhere = subprocess.DEVNULL
    with RuntimeApi(words, env=kept | ENVIRONMENT, stderr=nowhere, stdout=nowhere) as api:
        outcome = api.invoke({"Records": [MESSAGE]})
    if outcome.kind != "response" or not outcome.cold or outcome.json != {"batchItemFailures": []}:
        raise RuntimeError(f"{words[0]}: {outcome}")
    return outcome.seconds * 1000


def measure(options):
    """{name: [milliseconds]}"""
    found = contestants(options)
    times = {name: [] for name in found}
    for number in range(options.starts + 1):
        for name, command in found.items():
            taken = cold_ms(command)
            if number > 0:
                times[name].append(taken)
    return times


def report(times, _options=None):
    lines = ["| cold start | min ms | median ms | max ms | median, it / calve lambda |", "|---|---|---|---|---|"]
    medians = {name: statistics.median(values) for name, values in times.items()}
    own = next(iter(medians.values()))
    for name, values in times.items():
        ratio = f"{medians[name] / own:.2f}" if medians[name] is not own else ""
        lines.append(f"| {name} | {min(values):.0f} | {medians[name]:.0f} | {max(values):.0f} | {ratio} |")
    print("\n".join(lines))
    for name in list(times)[:-1]:
        verdict = "met" if medians[name] <= GOAL_MS else "missed"
        print(f"\n{name}: {len(times[name])} starts, median {medians[name]:.0f} ms, goal {GOAL_MS} ms: {verdict}")


def arguments(parser):
    parser.add_argument("--starts", type=int, default=10, help="counted cold starts of each")
    parser.add_argument("--bootstrap", type=Path, default=ROOT / "build" / "package" / "root" / "bootstrap")
