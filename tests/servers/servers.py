"""Real servers, each a context manager: started on a free loopback port, ready when entered, ended by its own pid.

tools/servers_deps.sh brings the programs into .cache/servers. Each server logs to build/logs/servers.
"""

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "servers"
MOTO_PYTHON = CACHE / "moto-venv" / "bin" / "python"
LOGS = ROOT / "build" / "logs" / "servers"
HOST = "127.0.0.1"
REGION = "us-east-1"
# Small and quick to start: they serve one test at a time.
JAVA = ("java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
START_S = 60  # a loaded machine is slow; none of them needs more than a few seconds otherwise
STOP_S = 10
ATTEMPTS = 3  # another process may take the port between our look and the server's bind


class ServerError(Exception):
    """A server that did not start; the message ends with its log."""


def why_missing(part):
    """Why a server cannot be had here, in words; None when it can."""
    try:
        return f"{part}: {(CACHE / f'{part}.missing').read_text().strip()}"
    except FileNotFoundError:
        pass
    if part == "postgres" or (CACHE / f"{part}.installed").exists() or (part == "moto" and MOTO_PYTHON.exists()):
        return None
    return f"{part}: not installed (tools/servers_deps.sh)"


def free_port():
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def http_answers(url):
    """Whether something speaks HTTP at a URL, whatever its status."""
    try:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


def _die_with_parent():
    """In the child: the kernel ends it when the tests die without cleaning up."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Server:
    """One process. Subclasses give `name`, the command for a port, and how to see that it is ready."""

    name = ""
    stop_signal = signal.SIGTERM
    running = []  # noqa: RUF012 (all that are up now, for the report of a failed test)

    def __init__(self):
        self.port = 0
        self.process = None
        self.log = None

    @property
    def endpoint(self):
        return f"http://{HOST}:{self.port}"

    def command(self):
        raise NotImplementedError

    def ready(self):
        return http_answers(self.endpoint)

    def environment(self):
        """What the process gets besides PATH and the like."""
        return {}

    def popen_options(self):
        return {}

    def prepare(self):
        """Runs once, before the first start."""

    def clean_up(self):
        """Runs once, after the process has gone."""

    def log_tail(self, lines=40):
        if self.log is None or not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def __enter__(self):
        LOGS.mkdir(parents=True, exist_ok=True)
        try:
            self.prepare()
            for _ in range(ATTEMPTS):
                if self._start():
                    Server.running.append(self)
                    return self
        except BaseException:
            self._stop()
            self.clean_up()
            raise
        self.clean_up()
        raise ServerError(f"{self.name} does not start; {self.log}:\n{self.log_tail()}")

    def __exit__(self, *_):
        if self in Server.running:
            Server.running.remove(self)
        self._stop()
        self.clean_up()

    def _start(self):
        """Starts the process on a fresh port; False when it ended, or was not ready in time and is gone."""
        self.port = free_port()
        self.log = LOGS / f"{self.name}-{self.port}.log"
        kept = ("PATH", "HOME", "LANG", "LC_ALL", "JAVA_HOME", "TMPDIR")
        environment = {key: os.environ[key] for key in kept if key in os.environ} | self.environment()
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [str(part) for part in self.command()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 (it calls nothing that takes a lock)
                **self.popen_options(),
            )
        deadline = time.monotonic() + START_S
        while self.process.poll() is None and time.monotonic() < deadline:
            if self.ready():
                # Whoever answers must be ours: a server that lost the race for its port has ended by now.
                return self.process.poll() is None
            time.sleep(0.05)
        self._stop()
        return False

    def _stop(self):
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()
        self.process = None


class AwsServer(Server):
    """A server that AWS clients talk to, with the credentials for it."""

    access_key = "calve-test-key"
    secret_key = "calve-test-secret"

    def credentials(self):
        """As environment variables."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self, service, **more):
        """A boto3 client; `more` overrides its arguments."""
        import boto3  # noqa: PLC0415 (only in the environment of the server tests)
        from botocore.config import Config  # noqa: PLC0415

        retries = {"total_max_attempts": 1}
        options = {
            "endpoint_url": self.endpoint,
            "region_name": REGION,
            "aws_access_key_id": self.access_key,
            "aws_secret_access_key": self.secret_key,
            "config": Config(retries=retries, proxies={}, read_timeout=30, s3={"addressing_style": "path"}),
        }
        return boto3.client(service, **(options | more))


class Versitygw(AwsServer):
    """S3 on a folder: verifies signatures, payload hashes and conditions. With a webhook_url it posts S3 events there."""

    name = "versitygw"

    def __init__(self, folder, webhook_url=None):
        super().__init__()
        self.folder = folder
        self.webhook_url = webhook_url

    def command(self):
        webhook = ["--event-webhook-url", self.webhook_url] if self.webhook_url else []
        program = CACHE / "bin" / "versitygw"
        return [program, "--port", f"{HOST}:{self.port}", "--region", REGION, *webhook, "posix", self.folder]

    def environment(self):
        return {"ROOT_ACCESS_KEY": self.access_key, "ROOT_SECRET_KEY": self.secret_key}


class ElasticMq(AwsServer):
    """SQS. Takes any credentials; queues are made through its API and live in its memory."""

    name = "elasticmq"
    CONFIG = """include classpath("application.conf")
node-address {{ protocol = http, host = "{host}", port = {port}, context-path = "" }}
rest-sqs {{ enabled = true, bind-hostname = "{host}", bind-port = {port}, sqs-limits = strict }}
rest-stats {{ enabled = false }}
queues {{ }}
"""

    def prepare(self):
        self.folder = Path(tempfile.mkdtemp(prefix="calve-elasticmq-"))

    def command(self):
        config = self.folder / "elasticmq.conf"
        config.write_text(self.CONFIG.format(host=HOST, port=self.port))
        return [*JAVA, f"-Dconfig.file={config}", "-cp", CACHE / "elasticmq" / "*"] + ["org.elasticmq.server.Main"]

    def clean_up(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Moto(AwsServer):
    """S3, SQS and Glue in one, with notifications between them. Takes any signature and a stale Glue VersionId."""

    name = "moto"

    def command(self):
        return [MOTO_PYTHON, "-m", "moto.server", "-H", HOST, "-p", self.port]

    def ready(self):
        return http_answers(f"{self.endpoint}/moto-api/")

    def environment(self):
        return self.credentials()


class IcebergRest(Server):
    """An Iceberg REST catalog on a local folder; its tables' locations are file: URIs below it. No authentication."""

    name = "rest"

    def __init__(self, warehouse):
        super().__init__()
        self.warehouse = Path(warehouse)

    @property
    def warehouse_uri(self):
        return f"file://{self.warehouse}"

    def prepare(self):
        self.warehouse.mkdir(parents=True, exist_ok=True)

    def command(self):
        class_path = f"{CACHE}/rest/classes:{CACHE}/rest/*"
        database = self.warehouse / "rest-catalog.db"
        return [*JAVA, "-cp", class_path, "CalveRestCatalog", self.port, database, self.warehouse_uri]

    def ready(self):
        return http_answers(f"{self.endpoint}/v1/config")


class Postgres(Server):
    """PostgreSQL with a fresh cluster in a temporary folder, as a user that is not root; passwords by SCRAM."""

    name = "postgres"
    stop_signal = signal.SIGINT  # "fast": does not wait for clients
    user, password, database = "calve", "calve-test-password", "postgres"

    @property
    def uri(self):
        return f"postgresql://{self.user}:{self.password}@{HOST}:{self.port}/{self.database}"

    @staticmethod
    def program(name):
        """The newest version's; Debian keeps them off PATH."""
        versions = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
        newest = sorted(versions, key=lambda path: float(path.parts[4]))
        return newest[-1] if newest else name

    def popen_options(self):
        if os.geteuid() != 0:
            return {}
        for name in ("postgres", "nobody"):
            try:
                account = pwd.getpwnam(name)
            except KeyError:
                continue
            return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        raise ServerError("postgres: it refuses to run as root, and there is neither a user postgres nor nobody")

    def prepare(self):
        self.folder = Path(tempfile.mkdtemp(prefix="calve-postgres-"))
        password_file = self.folder / "password"
        password_file.write_text(self.password)
        owner = self.popen_options()
        for path in (self.folder, password_file):
            os.chown(path, owner.get("user", -1), owner.get("group", -1))
        made = subprocess.run(
            [self.program("initdb"), "--pgdata", self.folder / "data", "--username", self.user]
            + ["--pwfile", password_file, "--auth-host=scram-sha-256", "--auth-local=reject"]
            + ["--encoding=UTF8", "--locale=C", "--no-sync"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            cwd=self.folder,
            check=False,
            **owner,
        )
        if made.returncode != 0:
            raise ServerError(f"initdb failed:\n{made.stdout}{made.stderr}")

    def command(self):
        settings = {
            "port": self.port,
            "listen_addresses": HOST,
            "unix_socket_directories": "",
            "fsync": "off",
            "shared_buffers": "16MB",
        }
        return [self.program("postgres"), "-D", self.folder / "data"] + [
            word for key, value in settings.items() for word in ("-c", f"{key}={value}")
        ]

    def ready(self):
        command = [self.program("pg_isready"), "-q", "-h", HOST, "-p", str(self.port)]
        return subprocess.run(command, timeout=10, check=False).returncode == 0

    def query(self, sql, password=None):
        """One statement by psql, its rows as text; a ServerError with psql's words when it fails."""
        done = subprocess.run(
            [self.program("psql"), "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-w", "-h", HOST, "-p", str(self.port)]
            + ["-U", self.user, "-d", self.database, "-c", sql],
            env={"PATH": os.environ["PATH"], "PGPASSWORD": password or self.password, "PGCONNECT_TIMEOUT": "10"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode != 0:
            raise ServerError(done.stderr)
        return done.stdout.strip()

    def clean_up(self):
        shutil.rmtree(self.folder, ignore_errors=True)
