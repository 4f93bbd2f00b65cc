"""A production house in a temporary folder: PostgreSQL, Redis, web processes, worker and beat that tests may kill."""

import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event, Thread

import psycopg

from tools.bench.environment import KEY_FILES, variables
from tools.with_services import as_postgres, find, free_port

ROOT = Path(__file__).parents[2]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
PATIENCE_SECONDS = 90


def documented(program: str, **changes: str) -> list[str]:
    """The command line that docs/operations.md gives for a process, with other values for some of its options."""
    line = next(line for line in OPERATIONS.splitlines() if line.startswith(program))
    for option, value in changes.items():
        line, count = re.subn(rf"--{option} \S+", f"--{option} {value}", line)
        assert count == 1, (option, line)
    name, *options = shlex.split(line)
    return [str(Path(sys.executable).with_name(name)), *options]


def until(is_so: Callable[[], object], what: str, *, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until something is so; fail with `what` if it takes longer."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, what
        time.sleep(0.05)


class Service:
    """A process that is started again whenever it dies, as systemd's Restart=always does; unless it is held down."""

    def __init__(self, name: str, command: list[str], folder: Path, env: dict[str, str]) -> None:
        self.name, self.command, self.folder, self.env = name, command, folder, env
        self.log = folder / f"{name}.log"
        self.is_wanted = True
        self.starts = 0
        self.start()

    def start(self) -> None:
        self.starts += 1
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, env=self.env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )

    def look_after(self) -> None:
        if self.is_wanted and self.process.poll() is not None:
            self.bury()
            self.start()

    def kill(self) -> None:
        """SIGKILL to the process and all its children."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def bury(self) -> None:
        """A process that died leaves no children behind, as systemd's control group does not."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def children(self) -> list[int]:
        out = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, check=False)
        return [int(pid) for pid in out.stdout.split()]


class Database:
    """A PostgreSQL cluster with the defaults that Debian ships: fsync and synchronous_commit are on."""

    def __init__(self, folder: Path) -> None:
        self.port, self.data, self.log = free_port(), folder / "postgres", folder / "postgres.log"
        self.data.mkdir()
        self.log.touch()
        if os.geteuid() == 0:
            folder.chmod(0o755)
            for path in (self.data, self.log):
                shutil.chown(path, "postgres")
        self.run("initdb", "-U", "lms", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
        self.start()
        with psycopg.connect(self.url("postgres"), autocommit=True) as link:
            link.execute("CREATE DATABASE lms")

    def url(self, name: str = "lms") -> str:
        return f"postgres://lms@127.0.0.1:{self.port}/{name}"

    def run(self, program: str, *options: str) -> None:
        command = as_postgres([str(find(program)), "-D", str(self.data), *options])
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL)

    def start(self) -> None:
        options = f"-p {self.port} -k {self.data} -c listen_addresses=127.0.0.1 -c max_connections=100"
        self.run("pg_ctl", "-l", str(self.log), "-o", options, "-w", "start")

    def stop(self, mode: str) -> None:
        """`immediate` is a crash: no check-point, and recovery from the log at the next start."""
        self.run("pg_ctl", "-m", mode, "-w", "stop")

    def copy_schema(self, url: str) -> None:
        """Take over tables and the rows of migrations from another database."""
        dump = self.data.with_name("schema.sql")
        subprocess.run([str(find("pg_dump")), "--no-owner", "--file", str(dump), url], check=True)
        command = [str(find("psql")), "--quiet", "--set", "ON_ERROR_STOP=1", "--file", str(dump), self.url()]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


class House:
    """Everything that docs/operations.md runs, and ways to break it."""

    def __init__(self, folder: Path, schema_url: str) -> None:
        self.folder, self.port, self.redis_port = folder, free_port(), free_port()
        self.database = Database(folder)
        self.database.copy_schema(schema_url)
        self.env = os.environ | variables(folder=folder, port=self.port)
        for name in KEY_FILES:
            del self.env[name]  # it signs with keys that it makes itself
        self.env |= {
            "DATABASE_URL": self.database.url(),
            "REDIS_URL": f"redis://127.0.0.1:{self.redis_port}/0",
            "CELERY_BROKER_URL": f"redis://127.0.0.1:{self.redis_port}/1",
            "EXAM_SAVE_ALLOWANCE_SECONDS": "1",
            "DATABASE_POOL_SIZE": "6",
        }
        self.services: dict[str, Service] = {}
        redis = [str(find("redis-server")), "--port", str(self.redis_port), "--bind", "127.0.0.1", "--save", ""]
        self.add("redis", [*redis, "--dir", str(folder)])
        self.add("web", documented("granian", port=str(self.port), workers="2"))
        self.add("worker", documented("celery -A lms worker", concurrency="2"))
        self.add("beat", [*documented("celery -A lms beat"), "--schedule", str(folder / "beat")])
        self.is_over = Event()
        self.supervisor = Thread(target=self.supervise)
        self.supervisor.start()

    def add(self, name: str, command: list[str]) -> None:
        self.services[name] = Service(name, command, self.folder, self.env)

    def supervise(self) -> None:
        while not self.is_over.wait(0.2):
            for service in self.services.values():
                service.look_after()

    def close(self) -> None:
        self.is_over.set()
        self.supervisor.join()
        for service in self.services.values():
            service.is_wanted = False
            service.kill()
        with contextlib.suppress(subprocess.CalledProcessError):  # a test may have failed while it was down
            self.database.stop("immediate")

    def tail(self) -> str:
        return "\n".join(f"== {name}\n{one.log.read_text()[-1500:]}" for name, one in self.services.items())

    def is_ready(self) -> bool:
        """Database, cache and queue answer: /readyz."""
        link = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            link.request("GET", "/readyz")
            return link.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            link.close()

    def python(self, module: str, *options: str) -> str:
        """Run a module of the project on this house's database; return what it prints."""
        command = [sys.executable, "-m", module, *options]
        out = subprocess.run(command, cwd=ROOT, env=self.env, stdout=subprocess.PIPE, check=True)
        return out.stdout.decode()

    # --- Faults -----------------------------------------------------------------------------------------------------
    def kill_one_web_process(self) -> None:
        victim = self.services["web"].children()[-1]
        os.kill(victim, signal.SIGKILL)

    def kill_all_web_processes(self) -> None:
        self.services["web"].kill()

    def kill_worker(self) -> None:
        self.services["worker"].kill()

    @contextlib.contextmanager
    def without_redis(self) -> Iterator[None]:
        redis = self.services["redis"]
        redis.is_wanted = False
        redis.kill()
        try:
            yield
        finally:
            redis.is_wanted = True

    def crash_database(self) -> None:
        self.database.stop("immediate")
        self.database.start()


@contextlib.contextmanager
def house(schema_url: str) -> Iterator[House]:
    """Run a whole house; end all that it started, also when the tests are told to end."""
    with contextlib.suppress(ValueError):  # only a main thread may
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="lms-house-") as name:
        one = House(Path(name), schema_url)
        try:
            until(one.is_ready, "the house did not open")
            yield one
        except BaseException:
            print(one.tail())  # noqa: T201  # pytest shows it beside the failure
            raise
        finally:
            one.close()
