"""A complete production configuration with throw-away secrets, and the web server that runs on it."""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from cryptography.fernet import Fernet

from tools.with_services import wait_for

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL")
KEY_FILES = {
    "CERTIFICATE_PKCS12": "issuer.p12",
    "CREDENTIAL_KEY_FILE": "credential.pem",
    "LOG_KEY_FILE": "log.pem",
}  # rows.make_keys writes them
KEY_PASSWORD = "demo"  # noqa: S105  # of certificates.keys.demo_store
WORKERS, THREADS = 2, 8  # threads of one process save in groups


def variables(*, folder: Path, port: int) -> dict[str, str]:
    """Return what a production process finds in its environment, apart from the services of NEEDED."""
    (folder / "static").mkdir()
    return {
        "DJANGO_SETTINGS_MODULE": "lms.settings",
        "LMS_PRODUCTION": "1",
        "LMS_DATA_DIR": str(folder / "data"),
        "STATIC_ROOT": str(folder / "static"),
        "SECRET_KEY": secrets.token_urlsafe(50),
        "DATA_KEYS": Fernet.generate_key().decode(),
        "ALLOWED_HOSTS": "127.0.0.1",
        "SITE_URL": f"https://127.0.0.1:{port}",
        "ISSUER_NAME": "基准测试机构",
        "SUPPORT_EMAIL": "bench@example.com",
        "EMAIL_URL": "smtp://127.0.0.1:9",  # nothing is sent
        **{name: str(folder / file) for name, file in KEY_FILES.items()},
        "CERTIFICATE_PKCS12_PASSWORD": KEY_PASSWORD,
        "STRIPE_SECRET_KEY": "sk_live_bench",  # nothing is paid
        "STRIPE_WEBHOOK_SECRET": "whsec_bench",
        "LOG_LEVEL": "WARNING",  # here; the web server logs as it does in production
    }


@contextlib.contextmanager
def server(*, folder: Path, port: int) -> Iterator[int]:
    """Run the web server as docs/operations.md says, on this machine's two cores; yield its process group."""
    log = folder / "web.log"
    command = [
        str(Path(sys.executable).with_name("granian")),
        *("--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--no-ws"),
        *("--workers", str(WORKERS), "--blocking-threads", str(THREADS)),
        *("--respawn-failed-workers", "lms.wsgi:application"),
    ]
    with log.open("wb") as out:
        env = os.environ | {"LOG_LEVEL": "INFO"}
        process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            wait_for(port, process, log)
            yield process.pid
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)
