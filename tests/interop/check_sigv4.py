#!/usr/bin/env python3
"""Lets botocore judge the signer: the same Authorization header, to the byte, on random requests of a fixed seed.

usage: check_sigv4.py SIGV4_TOOL [REQUESTS]      (the program built from sigv4_tool.cc)
needs: botocore
"""

import datetime as dt
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import mock
from urllib.parse import quote

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

PIECES = (
    ["a", "B", "z9", "-", "_", ".", "~", " ", "  ", "+", "%", "%20", "%2F", "%zz", "..", ".", "/", "//", "\\", "=", "&"]
    + ["?", "#", "@", ":", ";", ",", "!", "$", "'", '"', "(", ")", "*", "[", "]", "{", "}", "|", "^", "`", "<", ">"]
    + ["ü", "é", "日本", "𝄞", "\u00a0", "\u2028", "ß", "İ", "\x7f", "\t", "\x01", "0", "key=value"]
)
BLANKS = [" ", "  ", "   ", "\t", " \t "]
METHODS = ["GET", "PUT", "POST", "HEAD", "DELETE", "PATCH"]
HOSTS = [
    "https://b.s3.eu-west-1.amazonaws.com",
    "https://glue.us-east-1.amazonaws.com:443",
    "http://127.0.0.1:9000",
    "http://LocalHost:80",
    "https://Sts.Amazonaws.com.cn",
    "http://[::1]:9324",
    "http://[::1]",
    "https://localhost:80",
]
NAMES = [
    ["Content-Type", "X-Amz-Target", "x-amz-meta-a", "If-None-Match", "Range", "X-Amz-Checksum-CRC32"],
    ["User-Agent", "Expect", "Connection", "X-Amzn-Trace-Id", "transfer-encoding", "traceparent", "TE"],
]


def text(rng, most):
    return "".join(rng.choice(PIECES) for _ in range(rng.randrange(most)))


def header_value(rng):
    words = [
        rng.choice(["", "a", "b=c", '"q  q"', "x,y", "text/csv", "*", "bytes=0-9"]) for _ in range(rng.randrange(5))
    ]
    value = "".join(word + rng.choice(BLANKS) for word in words)
    return rng.choice(["", " "]) + (value if rng.random() < 0.5 else value.strip())


def headers(rng):
    found = []
    for _ in range(rng.randrange(6)):
        name = rng.choice(NAMES[rng.random() < 0.3])
        found.append([rng.choice([name, name.lower(), name.upper()]), header_value(rng)])
        if rng.random() < 0.2:  # The same name again, in another case perhaps.
            found.append([name, header_value(rng)])
    if rng.random() < 0.1:
        found.append(["Authorization", "of an earlier attempt"])
    return found


def request(rng, number, scratch):
    """One request as the tool takes it."""
    service = rng.choice(["s3", "s3", "sqs", "glue", "sts", "s3tables", "execute-api"])
    made = {
        "service": service,
        "region": rng.choice(["us-east-1", "eu-west-1", "cn-north-1", "us-gov-west-1"]),
        "now": rng.randrange(0, 4_000_000_000),
        "key": "AKID" + str(number),
        "secret": "".join(rng.choice("abcXYZ019+/=") for _ in range(rng.choice([40, 1, 80]))),
        "token": rng.choice(["", "", "token+/==", "T" * 900]),
        "method": rng.choice(METHODS),
        "headers": headers(rng),
        "body": text(rng, 30) if rng.random() < 0.7 else "",
        "signed": rng.random() < 0.7,
    }
    if rng.random() < 0.1:
        content = rng.randbytes(rng.choice([1, 1000, 700_000]))
        with open(scratch / f"{number}", "wb") as file:
            file.write(content)
        made["file"] = file.name
        made["offset"] = rng.randrange(len(content))
        made["length"] = rng.randrange(len(content) - made["offset"] + 1)
    host = rng.choice(HOSTS)
    query = [[text(rng, 4) or "k", text(rng, 5) if rng.random() < 0.7 else ""] for _ in range(rng.randrange(5))]
    if query and rng.random() < 0.3:  # Duplicate keys, in an order that sorting must change.
        query += [[query[0][0], text(rng, 3)], [query[0][0], ""], [query[0][0] + "-", "1"], [query[0][0] + "0", "1"]]
    path = "/" + text(rng, 12)
    if rng.random() < 0.5:
        made["endpoint"] = host + rng.choice(["", "", "/bucket", "/iceberg/v1"])
        made["path"], made["query"] = path, query
    else:
        made["url"] = host + quote(path, safe="/~" + rng.choice(["", "+=:@!$&'()*,;"])) + raw_query(rng, query)
    return made


def raw_query(rng, query):
    """The query in one of the forms that URLs have."""
    if not query:
        return rng.choice(["", "?"])
    safe = rng.choice(["-_.~", "-_.~/:+"])
    pairs = [
        quote(name, safe=safe) + ("=" + quote(value, safe=safe) if value else rng.choice(["", "="]))
        for name, value in query
    ]
    return "?" + "&".join(pairs)


def url_of(made):
    """What the client must send for decoded parts."""
    if "url" in made:
        return made["url"]
    pairs = [
        quote(name, safe="-_.~") + ("=" + quote(value, safe="-_.~") if value else "") for name, value in made["query"]
    ]
    return made["endpoint"] + quote(made["path"], safe="/-_.~") + ("?" + "&".join(pairs) if pairs else "")


def body_of(made):
    if "file" not in made:
        return made["body"].encode()
    with open(made["file"], "rb") as file:
        file.seek(made["offset"])
        return file.read(made["length"])


def judge(made):
    """The URL and the headers that botocore would send: names in lower case, each with its values in order."""
    asked = AWSRequest(method=made["method"], url=url_of(made), data=body_of(made))
    for name, value in made["headers"]:
        asked.headers[name] = value  # Adds; it does not replace.
    signer = botocore.auth.S3SigV4Auth if made["service"] == "s3" else botocore.auth.SigV4Auth
    if not made["signed"]:
        asked.context["payload_signing_enabled"] = False
        asked.context["client_config"] = mock.Mock(s3={"payload_signing_enabled": False})
    credentials = Credentials(made["key"], made["secret"], made["token"] or None)
    now = dt.datetime.fromtimestamp(made["now"], dt.timezone.utc)
    with mock.patch.object(botocore.auth, "get_current_datetime", lambda: now):
        signer(credentials, made["service"], made["region"]).add_auth(asked)
    return asked.url, lower_headers(asked.headers.items())


def lower_headers(pairs):
    """Without Host, which botocore leaves to its HTTP client; that the right one was signed, the signature shows."""
    found = {}
    for name, value in pairs:
        if name.lower() != "host":
            found.setdefault(name.lower(), []).append(value)
    return found


def check(tool, count):
    """What differs, as texts; nothing if all is well."""
    rng = random.Random(4)
    with tempfile.TemporaryDirectory() as folder:
        requests = [request(rng, number, Path(folder)) for number in range(count)]
        lines = "".join(json.dumps(made) + "\n" for made in requests)
        done = subprocess.run([tool], input=lines, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode != 0:
            return [f"exit {done.returncode}: {done.stderr}"]
        answers = [json.loads(line) for line in done.stdout.split("\n") if line]
        differences = [] if len(answers) == count else [f"{len(answers)} answers to {count} requests"]
        for made, answer in zip(requests, answers, strict=False):
            url, wanted = judge(made)
            got = lower_headers(answer["headers"])
            if (answer["url"], got) != (url, wanted):
                differences.append(f"{json.dumps(made)}\nbotocore: {url} {wanted}\ncalve:    {answer['url']} {got}")
    return differences


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 6000
    differences = check(sys.argv[1], count)
    for difference in differences[:3]:
        print(difference, file=sys.stderr)
    print(f"check_sigv4: {count} requests, {len(differences)} signed otherwise than by botocore")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
