#!/usr/bin/env python3
"""The cloud's figures, as Markdown: cold starts, throughput from S3, requests and dollars. `./dev bench --cloud`.

S3 is versitygw and SQS is ElasticMQ, on loopback of this machine (tools/servers_deps.sh brings them).
"""

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import cloud_requests
import cold_start
import s3_throughput
from cloud_servers import ROOT
from run import header
from servers import why_missing

PARTS = {
    "cold": ("Cold starts", cold_start, ()),
    "s3": ("Throughput from S3", s3_throughput, ("versitygw",)),
    "requests": ("Requests and dollars", cloud_requests, ("versitygw", "elasticmq")),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help=f"parts, comma-separated: {' '.join(PARTS)}")
    parser.add_argument("--calve", type=Path, default=os.environ.get("CALVE_BIN", ROOT / "build/release/calve"))
    for _, module, _ in PARTS.values():
        module.arguments(parser)
    options = parser.parse_args()
    names = options.only.split(",") if options.only else list(PARTS)
    for name in names:
        if name not in PARTS:
            sys.exit(f"bench: no part '{name}': {', '.join(PARTS)}")
    # What this shell says about calve and AWS is not what is measured.
    for key in [key for key in os.environ if key.startswith(("CALVE_", "AWS_"))]:
        del os.environ[key]
    options.dir.mkdir(parents=True, exist_ok=True)
    options.dir = options.dir.resolve()
    header(options, s3_throughput.make_csv(options, options.rows))
    missing = 0
    for name in names:
        title, module, servers = PARTS[name]
        print(f"\n## {title}\n", flush=True)
        reasons = [reason for server in servers if (reason := why_missing(server))]
        if reasons:
            print(f"not measured: {'; '.join(reasons)}")
            missing += 1
            continue
        module.report(module.measure(options), options)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
