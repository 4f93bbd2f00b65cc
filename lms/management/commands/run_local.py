"""`make run`: the whole site on one bare machine, in the embedded mode."""

import os
import socket
import sys
import threading
import time
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from honcho.manager import Manager
from honcho.printer import Printer

from lms.users import demo as people


class Command(BaseCommand):
    help = "在本机启动整个平台：数据库、演示内容、网站、后台任务与 Stripe 替身；Ctrl-C 全部停止。"

    def handle(self, *args: object, **options: object) -> None:
        if not settings.EMBEDDED:
            raise CommandError("run_local 只用于内嵌模式；生产环境的启动方式见 docs/operations.md。")
        for port in (settings.PORT, *([settings.STRIPE_DOUBLE_PORT] if settings.STRIPE_DOUBLE else [])):
            refuse_if_taken(port)
        self.stdout.write("准备数据库……")
        call_command("migrate", verbosity=0)
        self.stdout.write("准备演示内容……")
        call_command("load_demo", verbosity=0)
        threading.Thread(target=self.announce, daemon=True).start()
        sys.exit(run_processes())

    def announce(self) -> None:
        """Say where everything is, once the web server answers."""
        while not is_open(settings.PORT):
            time.sleep(0.2)
        accounts = "\n".join(f"  {account.email:<24}{account.label}" for account in people.ACCOUNTS)
        self.stdout.write(
            f"""
网站已启动    {settings.SITE_URL}/
管理后台      {settings.SITE_URL}/cms/
本地邮箱      {settings.SITE_URL}/local/mail/   （注册、找回密码的邮件，以及工作人员的两步验证码）
证书查询      {settings.SITE_URL}/certificates/verify/
10% 配置检查  {settings.SITE_URL}/staffing/

演示账号（密码都是 {people.PASSWORD}）
{accounts}

按 Ctrl-C 停止。数据保存在 {settings.DATA_DIR}。
"""
        )
        self.stdout.flush()


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def refuse_if_taken(port: int) -> None:
    if is_open(port):
        raise CommandError(f"端口 {port} 已被占用：请先停止占用它的程序，或用 PORT=8010 make run 换一个端口。")


def run_processes() -> int:
    """Run web, sweeps and the Stripe double until one ends or Ctrl-C; return the exit status."""
    bin_dir = Path(sys.executable).parent
    manager = Manager(printer=Printer(sys.stdout, prefix=True))
    env = os.environ | {"PYTHONUNBUFFERED": "1", "DJANGO_SETTINGS_MODULE": "lms.settings"}
    cwd = str(settings.BASE_DIR)
    manager.add_process(
        "web",
        f"exec '{bin_dir}/granian' --interface wsgi --host 127.0.0.1 --port {settings.PORT} --workers 1"
        " --blocking-threads 8 --log-level warning --no-ws lms.wsgi:application",
        env=env,
        cwd=cwd,
    )
    manager.add_process("sweeps", f"exec '{sys.executable}' manage.py run_sweeps", env=env, cwd=cwd)
    if settings.STRIPE_DOUBLE:
        manager.add_process(
            "stripe",
            f"exec '{sys.executable}' -m tools.stripe_double --port {settings.STRIPE_DOUBLE_PORT}"
            f" --webhook-url {settings.SITE_URL}/stripe/webhook/ --state '{settings.DATA_DIR / 'stripe-double.json'}'",
            env=env | {"STRIPE_WEBHOOK_SECRET": settings.STRIPE_WEBHOOK_SECRET},
            cwd=cwd,
        )
    manager.loop()
    return manager.returncode or 0
