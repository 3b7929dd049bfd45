#!/usr/bin/env python3
"""A Lambda custom runtime in Python that answers each event and does nothing else: what it takes to be there.

The imports are those of the common pipeline of two functions (a producer with DuckDB, a consumer with PyIceberg and
Glue). No client is made and no catalog is opened, so that a real function of that kind cannot start sooner.
"""

import contextlib
import http.client
import os

import boto3
import duckdb
import pyarrow
import pyarrow.parquet
from pyiceberg.catalog.glue import GlueCatalog

IMPORTED = (boto3, duckdb, pyarrow, pyarrow.parquet, GlueCatalog)
INVOCATION = "/2018-06-01/runtime/invocation"


def serve(address):
    connection = http.client.HTTPConnection(address)
    while True:
        connection.request("GET", f"{INVOCATION}/next")
        response = connection.getresponse()
        response.read()
        request_id = response.headers["Lambda-Runtime-Aws-Request-Id"]
        connection.request("POST", f"{INVOCATION}/{request_id}/response", b'{"batchItemFailures":[]}')
        connection.getresponse().read()


if __name__ == "__main__":
    with contextlib.suppress(http.client.HTTPException, OSError):  # The runtime API has gone: so does the function.
        serve(os.environ["AWS_LAMBDA_RUNTIME_API"])
