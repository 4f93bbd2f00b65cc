"""
Runs a command with a PostgreSQL and a Redis of its own, on free loopback ports, and stops them afterwards.

    with_services.py --check            install what is missing (as root on Debian or Ubuntu), or say what is, and fail
    with_services.py [--no-fsync] COMMAND [ARG...]
                                        run it with DATABASE_URL, REDIS_URL and CELERY_BROKER_URL set

The cluster lives in a temporary folder and uses PostgreSQL's own durability defaults, which benchmarks measure. With
--no-fsync it would not survive a power cut: for tests, which throw it away. Crash tests start a cluster of their own.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

# what we run → Debian's package
NEEDED = {
    "initdb": "postgresql",
    "redis-server": "redis-server",
    "chromium": "chromium",
    "pdftotext": "poppler-utils",
    "softhsm2-util": "softhsm2",
    "ffmpeg": "ffmpeg",
}


def find(program: str) -> str | None:
    """Return a program's path, looking also where Debian hides PostgreSQL's own tools."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: float(p.parent.name), reverse=True)
    return shutil.which(program, path=os.pathsep.join([*map(str, versions), os.environ.get("PATH", "")]))


def missing() -> list[str]:
    return sorted({package for program, package in NEEDED.items() if find(program) is None})


def check() -> None:
    """Install what the tests need, or name it and stop."""
    wanted = missing()
    if wanted and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"安装测试需要的软件：{' '.join(wanted)}", flush=True)
        env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=False, env=env, stdout=subprocess.DEVNULL)
        subprocess.run(["apt-get", "install", "-y", "-qq", *wanted], check=False, env=env, stdout=subprocess.DEVNULL)
        wanted = missing()
    if wanted:
        sys.exit(f"测试还缺少：{' '.join(wanted)}。请安装后再试，例如：sudo apt-get install {' '.join(wanted)}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            sys.exit(f"服务没有启动：\n{log.read_text()}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    sys.exit(f"服务 30 秒内没有启动：\n{log.read_text()}")


def as_postgres(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root: run it as its own account there."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


@contextlib.contextmanager
def running(command: list[str], port: int, log: Path, stop: signal.Signals) -> Iterator[None]:
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            wait_for(port, process, log)
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, stop)
            process.wait(30)


@contextlib.contextmanager
def services(*, has_fsync: bool = True) -> Iterator[dict[str, str]]:
    """Start PostgreSQL and Redis; yield the environment that points to them."""
    check()
    with tempfile.TemporaryDirectory(prefix="lms-services-") as folder:
        home = Path(folder)
        data = home / "postgres"
        data.mkdir()
        if os.geteuid() == 0:
            shutil.chown(data, "postgres")
            home.chmod(0o755)
        initdb = as_postgres(
            [str(find("initdb")), "-D", str(data), "-U", "lms", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
        )
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL)
        pg_port, redis_port = free_port(), free_port()
        postgres = as_postgres(
            [
                str(find("postgres")),
                *("-D", str(data), "-p", str(pg_port), "-k", str(data), "-c", "listen_addresses=127.0.0.1"),
                *("-c", "max_connections=200", "-c", f"fsync={'on' if has_fsync else 'off'}"),
            ]
        )
        redis = [
            str(find("redis-server")),
            *("--port", str(redis_port), "--bind", "127.0.0.1", "--dir", str(home), "--save", ""),
        ]
        with (
            running(postgres, pg_port, home / "postgres.log", signal.SIGINT),
            running(redis, redis_port, home / "redis.log", signal.SIGTERM),
        ):
            subprocess.run(
                [str(find("createdb")), "-h", "127.0.0.1", "-p", str(pg_port), "-U", "lms", "lms"], check=True
            )
            yield {
                "DATABASE_URL": f"postgres://lms@127.0.0.1:{pg_port}/lms",
                "REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
                "CELERY_BROKER_URL": f"redis://127.0.0.1:{redis_port}/1",
            }


def main() -> int:
    if sys.argv[1:] == ["--check"]:
        check()
        return 0
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    has_fsync = sys.argv[1] != "--no-fsync"
    command = sys.argv[1:] if has_fsync else sys.argv[2:]
    with services(has_fsync=has_fsync) as env:
        return subprocess.run(command, check=False, env=os.environ | env).returncode


if __name__ == "__main__":
    sys.exit(main())
