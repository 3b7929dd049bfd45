"""Counts what one load asks of S3 and SQS, as functions and as a worker, and puts it into the cost model.

functions  what lands is planned and consumed by `calve lambda` processes, one of each kind, behind an event source mapping
worker     the same by `calve worker --until-empty`

S3's requests are those in versitygw's access log, SQS's go through a counting proxy before ElasticMQ. The upload and the
notification are not in them. Empty receives are shown apart and not priced: pollers make them whether there is work or not.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import cost
from cloud_servers import ROOT, S3_KINDS, CountingProxy, QuickFlow
from run import make_csv

sys.path.insert(0, str(ROOT / "tests" / "servers"))
from aws_flow import CHUNKS, EVENTS, LAKE
from conditions import wait_until
from lambda_mapping import Mapping

KEY = "2015/taxi.csv"
TIME_LIMIT_S = 900
MEMORY_MB = {"plan": 1024, "consume": 1769}  # deploy/template.yaml
EMPTY = CountingProxy.EMPTY


def environment(options, flow, proxy, folder, prefix):
    """For calve: SQS is behind the proxy."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    return (
        kept
        | flow.environment()
        | {
            "AWS_ENDPOINT_URL_SQS": proxy.endpoint,
            "CALVE_WAREHOUSE": f"s3://{LAKE}/{prefix}",
            "CALVE_CATALOG": str(folder / f"{prefix}.db"),
            "CALVE_TABLE": "nyc.trips",
            "CALVE_QUEUE": behind(flow, proxy, CHUNKS),
            "CALVE_EVENTS": behind(flow, proxy, EVENTS),
            "CALVE_SCRATCH": str(folder / "scratch"),
            "CALVE_CHUNK_SIZE": f"{options.chunk_mib}MiB",
            "CALVE_VISIBILITY_TIMEOUT": "60s",
        }
    )


def behind(flow, proxy, queue):
    return flow.queues[queue].replace(flow.sqs_server.endpoint, proxy.endpoint)


def land(flow, source):
    """Leaves exactly the notification of one new file in the queue of events."""
    wait_until(lambda: flow.pending(EVENTS) == 1, "S3's test event")
    flow.sqs.purge_queue(QueueUrl=flow.queues[EVENTS])
    flow.upload(source, KEY)
    wait_until(lambda: flow.pending(EVENTS) == 1, "the notification")


def announce_again(flow):
    """The message of a naive pipeline, for another warehouse."""
    body = json.dumps({"s3_bucket": "landing", "s3_object_key": KEY})
    flow.sqs.send_message(QueueUrl=flow.queues[EVENTS], MessageBody=body)


def child_cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def as_functions(options, flow, proxy, env):
    """The invocations' outcomes by role; the processes have ended then."""
    sqs = flow.sqs_server.client("sqs", endpoint_url=proxy.endpoint)
    nowhere = subprocess.DEVNULL
    mappings = {
        role: Mapping(
            sqs,
            behind(flow, proxy, queue),
            [str(options.calve), "lambda"],
            env
            | {
                "CALVE_HANDLER": role,
                "AWS_LAMBDA_FUNCTION_NAME": f"bench-{role}",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(MEMORY_MB[role]),
            },
            batch=1,
            timeout_seconds=TIME_LIMIT_S,
            stderr=nowhere,
            stdout=nowhere,
        )
        for role, queue in (("plan", EVENTS), ("consume", CHUNKS))
    }
    with mappings["plan"], mappings["consume"]:
        wait_until(flow.is_idle, "the queues to run empty", TIME_LIMIT_S)
    outcomes = {role: mapping.outcomes for role, mapping in mappings.items()}
    for outcome in outcomes["plan"] + outcomes["consume"]:
        if outcome.kind != "response" or outcome.json["batchItemFailures"]:
            raise RuntimeError(f"an invocation failed: {outcome}")
    return outcomes


def as_worker(options, env):
    command = [str(options.calve), "worker", "--until-empty", "--threads", str(options.threads)]
    subprocess.run(command, env=env, check=True, stderr=subprocess.DEVNULL, timeout=TIME_LIMIT_S)


def count(options, flow, proxy, folder, kind):
    """One load by functions or by a worker: what it asked for, and what became of it."""
    env = environment(options, flow, proxy, folder, kind)
    proxy.take()
    log, cpu = flow.s3_server.log_size(), child_cpu_seconds()
    outcomes = as_functions(options, flow, proxy, env) if kind == "functions" else as_worker(options, env)
    found = {
        "s3": flow.s3_server.requests_since(log),
        "sqs": proxy.take(),
        "cpu": child_cpu_seconds() - cpu,
        "outcomes": outcomes,
    }
    status = [str(options.calve), "status", "--format", "json"]
    done = subprocess.run(status, env=env, check=True, capture_output=True, text=True)
    (found["load"],) = json.loads(done.stdout)["loads"]
    if found["load"]["status"] != "committed" or found["load"]["rows"] != options.count_rows:
        raise RuntimeError(f"{kind}: {found['load']}")
    return found


def measure(options):
    """{"functions": ..., "worker": ...}, and the size of the file."""
    source = make_csv(options, options.count_rows)
    with tempfile.TemporaryDirectory(prefix="cloud-", dir=options.dir) as name:
        folder = Path(name)
        (folder / "s3").mkdir()
        with QuickFlow(folder / "s3") as flow, CountingProxy(flow.sqs_server.port) as proxy:
            land(flow, source)
            found = {"functions": count(options, flow, proxy, folder, "functions")}
            announce_again(flow)
            found["worker"] = count(options, flow, proxy, folder, "worker")
            if flow.bridge.failures or flow.dead():
                raise RuntimeError(f"the flow failed: {flow.bridge.failures} {flow.dead()}")
    return found | {"bytes": source.stat().st_size}


def priced(sqs):
    """SQS requests that the load itself causes."""
    return sum(units for operation, units in sqs.items() if operation != EMPTY)


def report(found, options):
    functions, worker = found["functions"], found["worker"]
    gb, chunks = found["bytes"] / 1e9, functions["load"]["chunks"]
    print(f"one load of {gb:.3f} GB, {chunks} chunks of {options.chunk_mib} MiB\n")
    invocations = sum(len(outcomes) for outcomes in functions["outcomes"].values())
    case = cost.Case(file_gb=gb, chunk_mib=options.chunk_mib)
    model = cost.model_requests(case)
    print("| requests | functions | a chunk | the cost model | a worker |\n|---|---|---|---|---|")
    for kind in S3_KINDS:
        own = functions["s3"][kind]
        modelled = f"{getattr(model, kind):g}" if hasattr(model, kind) else ""
        print(f"| S3 {kind.upper()} | {own} | {own / chunks:.1f} | {modelled} | {worker['s3'][kind]} |")
    operations = sorted(set(functions["sqs"]) | set(worker["sqs"]) | {EMPTY})
    for name in operations:
        own = functions["sqs"][name]
        print(f"| SQS {name} | {own} | {own / chunks:.1f} | | {worker['sqs'][name]} |")
    own = priced(functions["sqs"])
    print(f"| SQS, without the empty | {own} | {own / chunks:.1f} | {model.sqs:g} | {priced(worker['sqs'])} |")
    print(f"| invocations | {invocations} | {invocations / chunks:.1f} | {model.invocations:g} | |")
    seconds = {role: sum(one.seconds for one in outcomes) for role, outcomes in functions["outcomes"].items()}
    billed = (
        sum(seconds[role] * MEMORY_MB[role] / 1024 for role in seconds) * cost.Prices().lambda_gb_second / gb * 1000
    )
    print(
        f"\nfunctions: {functions['cpu'] / gb:.2f} CPU seconds per GB, cold starts included (worker: {worker['cpu'] / gb:.2f}); "
        f"invocations on this machine: plan {seconds['plan']:.2f} s, consume {seconds['consume']:.2f} s in all, "
        f"as Lambda bills seconds {billed:.2f} dollars per TB\n"
    )
    dollars(found, options, chunks, invocations)


def dollars(found, options, chunks, invocations):
    """The cost model's table from what was measured; the figures stay in a file that cost.py reads."""
    functions, gb = found["functions"], found["bytes"] / 1e9
    counted = {kind: functions["s3"][kind] for kind in ("get", "put", "list", "head")}
    counted |= {"sqs": priced(functions["sqs"]), "invocations": invocations}
    figures = {
        "file_gb": gb,
        "chunk_mib": options.chunk_mib,
        "cpu_seconds_per_gb": functions["cpu"] / gb,
        "requests": counted,
    }
    path = options.dir / "cloud-measured.json"
    path.write_text(json.dumps(figures, indent=1) + "\n")
    if cost.main(["--measured", str(path)]) != 0:
        raise RuntimeError("the cost model does not take the figures")
    print(f"from {path.name}; seed_cpu_seconds_per_gb is bench/README.md's, of another run")


def arguments(parser):
    parser.add_argument("--count-rows", type=int, default=6_600_000, help="of the load whose requests are counted")
    parser.add_argument("--chunk-mib", type=int, default=256)
