#!/usr/bin/env python3
"""Dollars per TB of CSV into Iceberg: calve on Lambda against Glue ETL, EMR Serverless, Firehose and the Python pipeline.

Prices are list prices; everything else is a variable. What was measured goes in by flag or by a JSON file with the same
names; what was not is an assumption and is printed as one. docs/cost.md has the formulas.
"""

import argparse
import json
import math
import sys
from dataclasses import dataclass, fields
from pathlib import Path

MIB = 1 << 20


@dataclass(frozen=True)
class Prices:
    """US dollars, us-east-1, standard classes, no free tier, as of September 2026."""

    lambda_gb_second: float = 0.0000166667  # x86
    lambda_request: float = 0.20 / 1e6
    sqs_request: float = 0.40 / 1e6
    s3_put: float = 0.005 / 1e3  # PUT, POST and LIST
    s3_get: float = 0.0004 / 1e3  # GET and HEAD
    glue_dpu_hour: float = 0.44  # 4 vCPU, 16 GB
    emr_vcpu_hour: float = 0.052624
    emr_gb_hour: float = 0.0057785
    firehose_gb: float = 0.029


@dataclass(frozen=True)
class Case:
    """What is loaded, what was measured, what is assumed. Seconds, decimal GB for data, Lambda's GB (1024 MB) for memory."""

    total_gb: float = 1000.0
    file_gb: float = 1.0
    chunk_mib: float = 64.0
    # calve
    cpu_seconds_per_gb: float = 4.53
    wall_per_cpu: float = 1.25
    core_ratio: float = 1.0
    function_gb: float = 1769 / 1024
    chunk_overhead_seconds: float = 0.5
    plan_seconds: float = 2.0
    plan_function_gb: float = 1.0
    get_mib: float = 8.0
    sample_gets: float = 17.0
    chunk_small_gets: float = 5.0
    parquet_ratio: float = 0.15
    put_mib: float = 16.0
    consumers: float = 10.0
    load_lists: float = 2.0
    load_heads: float = 1.0
    load_gets: float = 4.0
    load_puts: float = 5.0
    message_requests: float = 3.0
    # Spark on Glue and EMR Serverless
    spark_cpu_seconds_per_gb: float = 30.0
    spark_utilisation: float = 0.7
    spark_start_seconds: float = 60.0
    glue_dpus: float = 10.0
    emr_gb_per_vcpu: float = 4.0
    # Firehose
    record_bytes: float = 1024 * 5
    # the Python pipeline
    seed_cpu_seconds_per_gb: float = 20.4
    seed_producer_share: float = 0.5
    seed_memory_per_byte: float = 2.4
    seed_producer_cores: float = 2.0
    seed_consumer_gb: float = 2.0
    seed_chunk_mib: float = 100.0
    seed_overhead_seconds: float = 3.0
    seed_commit_puts: float = 4.0
    seed_commit_gets: float = 6.0


MEASURED = {"cpu_seconds_per_gb", "seed_cpu_seconds_per_gb"}  # bench/README.md, one run
LAMBDA_MAX_GB = 10.0


@dataclass(frozen=True)
class Requests:
    """Counted or modelled, for one load (one source file)."""

    get: float = 0
    put: float = 0
    list: float = 0
    head: float = 0
    sqs: float = 0
    invocations: float = 0

    def dollars(self, prices):
        """(S3, SQS, Lambda requests)."""
        s3 = (self.put + self.list) * prices.s3_put + (self.get + self.head) * prices.s3_get
        return s3, self.sqs * prices.sqs_request, self.invocations * prices.lambda_request


@dataclass(frozen=True)
class Cost:
    name: str
    compute: float = 0
    s3: float = 0
    sqs: float = 0
    invocations: float = 0
    note: str = ""

    @property
    def total(self):
        return self.compute + self.s3 + self.sqs + self.invocations


def chunks(case):
    return math.ceil(case.file_gb * 1e9 / (case.chunk_mib * MIB))


def data_file_puts(case):
    """One PUT, or beginning, parts and completing."""
    parts = math.ceil(case.file_gb * 1e9 / chunks(case) * case.parquet_ratio / (case.put_mib * MIB))
    return 1 if parts == 1 else parts + 2


def looks(case):
    """How often results are listed: by each consumer once, and again when the chunk is there that it knew to be missing."""
    count = chunks(case)
    each = 1 + math.log2(max(count / case.consumers, 1))
    return min(count, case.consumers * each) + case.load_lists


def model_requests(case):
    """The requests of one load by calve, when nobody has counted them."""
    count = chunks(case)
    gets = math.ceil(case.file_gb * 1e9 / (case.get_mib * MIB))
    return Requests(
        get=gets + case.sample_gets + case.load_gets + count * case.chunk_small_gets,
        put=count * (data_file_puts(case) + 1) + case.load_puts,
        list=looks(case) * math.ceil(count / 1000),  # An answer has 1,000 names.
        head=case.load_heads,
        sqs=case.message_requests * (count + 1),
        invocations=count + 1,
    )


def calve(case, prices, counted=None):
    """`counted`: Requests of one load of case.file_gb, measured; else the model's."""
    loads = case.total_gb / case.file_gb
    work = case.file_gb * case.cpu_seconds_per_gb * case.wall_per_cpu / case.core_ratio
    consume = work + chunks(case) * case.chunk_overhead_seconds
    gb_seconds = consume * case.function_gb + case.plan_seconds * case.plan_function_gb
    s3, sqs, invocations = (counted or model_requests(case)).dollars(prices)
    return Cost(
        "calve on Lambda",
        loads * gb_seconds * prices.lambda_gb_second,
        loads * s3,
        loads * sqs,
        loads * invocations,
        "requests counted" if counted else "requests modelled",
    )


def seed(case, prices):
    """A producer holds the whole file and writes chunks as Parquet; consumers read them back; a commit for each chunk."""
    loads = case.total_gb / case.file_gb
    memory = case.file_gb * 1e9 * case.seed_memory_per_byte / 2**30
    count = math.ceil(case.file_gb * 1e9 / (case.seed_chunk_mib * MIB))
    cpu = case.file_gb * case.seed_cpu_seconds_per_gb / case.core_ratio
    produce = cpu * case.seed_producer_share * case.wall_per_cpu / case.seed_producer_cores + case.seed_overhead_seconds
    produce_gb = max(memory, case.seed_producer_cores * 1769 / 1024)
    consume = cpu * (1 - case.seed_producer_share) * case.wall_per_cpu + count * case.seed_overhead_seconds
    requests = Requests(
        get=math.ceil(case.file_gb * 1e9 / (case.get_mib * MIB)) + count * (1 + case.seed_commit_gets),
        put=count * (2 + case.seed_commit_puts),
        sqs=case.message_requests * (count + 1),
        invocations=count + 1,
    )
    s3, sqs, invocations = requests.dollars(prices)
    compute = (produce * produce_gb + consume * case.seed_consumer_gb) * prices.lambda_gb_second
    note = ""
    if memory > LAMBDA_MAX_GB:
        note = f"cannot run: {memory:.0f} GB of memory for a file of {case.file_gb:g} GB, Lambda has {LAMBDA_MAX_GB:g}"
    return Cost("the Python pipeline", loads * compute, loads * s3, loads * sqs, loads * invocations, note)


def spark_vcpu_hours(case, vcpus):
    """One job for everything: the busy share of its vCPUs, and its start."""
    busy = case.total_gb * case.spark_cpu_seconds_per_gb / case.core_ratio / case.spark_utilisation
    return (busy + case.spark_start_seconds * vcpus) / 3600


def glue(case, prices):
    """Billed by the second, a minute at least."""
    hours = max(spark_vcpu_hours(case, case.glue_dpus * 4) / 4, case.glue_dpus / 60)
    return Cost("Glue ETL (Spark)", hours * prices.glue_dpu_hour, note="without S3 requests")


def emr(case, prices):
    hours = spark_vcpu_hours(case, case.glue_dpus * 4)
    hourly = prices.emr_vcpu_hour + case.emr_gb_per_vcpu * prices.emr_gb_hour
    return Cost("EMR Serverless (Spark)", hours * hourly, note="without S3 requests")


def firehose(case, prices):
    """Records are rounded up to 5 KB; who reads the file and sends the records is not in it."""
    rounded = math.ceil(case.record_bytes / 5120) * 5120
    billed = case.total_gb * rounded / case.record_bytes
    return Cost("Firehose to Iceberg", billed * prices.firehose_gb, note="without the sender")


def break_even(case, prices, ours):
    """CPU seconds per GB at which Spark on Glue would cost as much as `ours` does."""
    start = case.glue_dpus * case.spark_start_seconds / 3600 * prices.glue_dpu_hour
    hours = (ours.total - start) / prices.glue_dpu_hour
    return max(0.0, hours * 3600 * 4 * case.spark_utilisation * case.core_ratio / case.total_gb)


def compare(case, prices, counted=None):
    ours = calve(case, prices, counted)
    return [ours, seed(case, prices), glue(case, prices), emr(case, prices), firehose(case, prices)]


def table(costs):
    lines = [
        "| | compute $ | S3 requests $ | SQS $ | invocations $ | total $ | calve / it | |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for cost in costs:
        ratio = f"{costs[0].total / cost.total:.2f}" if cost is not costs[0] else ""
        figures = " | ".join(
            f"{value:.3f}" for value in (cost.compute, cost.s3, cost.sqs, cost.invocations, cost.total)
        )
        lines.append(f"| {cost.name} | {figures} | {ratio} | {cost.note} |")
    return "\n".join(lines)


def read_measured(path):
    """(Case fields, Requests or None) of a JSON object: fields of Case, and "requests" of one load of file_gb."""
    data = json.loads(Path(path).read_text())
    counted = data.pop("requests", None)
    unknown = set(data) - {field.name for field in fields(Case)}
    if unknown:
        raise ValueError(f"{path}: unknown {', '.join(sorted(unknown))}")
    if counted is None:
        return data, None
    names = {field.name for field in fields(Requests)}
    if set(counted) != names:
        raise ValueError(f"{path}: requests must have exactly {', '.join(sorted(names))}")
    if "file_gb" not in data:
        raise ValueError(f"{path}: requests are those of one load: file_gb must say how large it was")
    return data, Requests(**counted)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measured", metavar="FILE", help="JSON: any of the fields below, and the counted requests")
    for field in fields(Case):
        parser.add_argument("--" + field.name.replace("_", "-"), type=float, help=f"{field.default:g}")
    options = vars(parser.parse_args(arguments))
    counted = None
    values = {}
    path = options.pop("measured")
    given = {name: value for name, value in options.items() if value is not None}
    try:
        if path:
            values, counted = read_measured(path)
        if counted and given.get("file_gb", values["file_gb"]) != values["file_gb"]:
            raise ValueError(f"{path}: the requests were counted for file_gb = {values['file_gb']:g}")
        values.update(given)
        if any(
            not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0 for value in values.values()
        ):
            raise ValueError("every value must be a number, and not negative")
        case = Case(**values)
        prices = Prices()
        costs = compare(case, prices, counted)
    except (OSError, ValueError, ZeroDivisionError) as error:
        print(f"cost.py: {error}", file=sys.stderr)
        return 2
    print(f"{case.total_gb:g} GB of CSV in files of {case.file_gb:g} GB, chunks of {case.chunk_mib:g} MiB:\n")
    print(table(costs))
    vcpu = prices.lambda_gb_second * 3600 * 1769 / 1024
    print(
        f"\na vCPU-hour: Lambda {vcpu:.4f}, Glue {prices.glue_dpu_hour / 4:.4f}, EMR Serverless "
        f"{prices.emr_vcpu_hour + case.emr_gb_per_vcpu * prices.emr_gb_hour:.4f}"
        f"\nGlue costs as much as calve when Spark needs {break_even(case, prices, costs[0]):.1f} CPU seconds per GB "
        f"at a utilisation of {case.spark_utilisation:g}"
    )
    told = MEASURED | set(values)
    assumed = [f"{field.name} {getattr(case, field.name):g}" for field in fields(Case) if field.name not in told]
    print("assumed: " + ", ".join(assumed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
