"""`python -m tools.stripe_double --port 8001 --webhook-url http://127.0.0.1:8000/stripe/webhook/`"""

import argparse
import contextlib
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from tools.stripe_double.schema import Contract, NoContract
from tools.stripe_double.server import Double
from tools.stripe_double.store import Store

LOOPBACK = ("127.0.0.1", "localhost")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="stripe_double", description="本机的 Stripe 替身：不产生真实费用，不连接外部网络。"
    )
    parser.add_argument("--port", type=int, required=True, help="0 表示任意空闲端口")
    parser.add_argument("--webhook-url", required=True)
    parser.add_argument("--webhook-secret", default=os.environ.get("STRIPE_WEBHOOK_SECRET", ""))
    parser.add_argument("--api-key", default=os.environ.get("STRIPE_SECRET_KEY") or "sk_test_local_double")
    parser.add_argument("--state", type=Path, help="把会话与事件存进这个 JSON 文件，重启后还在")
    parser.add_argument("--delay-seconds", type=float, default=10, help="“稍后到账”是多久")
    parser.add_argument("--validate", action="store_true", help="按 Stripe 公布的 OpenAPI 检查每个请求与对象")
    options = parser.parse_args()
    if os.environ.get("LMS_PRODUCTION", "").lower() in ("1", "true", "on", "yes"):
        sys.exit("生产模式不能使用 Stripe 替身。")
    if not options.webhook_secret:
        sys.exit("请用 --webhook-secret 或环境变量 STRIPE_WEBHOOK_SECRET 给出 webhook 签名密钥。")
    if urlsplit(options.webhook_url).hostname not in LOOPBACK:
        sys.exit("--webhook-url 只能是本机地址。")
    double = Double(
        port=options.port,
        store=Store(Contract() if options.validate else NoContract(), options.state),
        api_key=options.api_key,
        webhook_url=options.webhook_url,
        webhook_secret=options.webhook_secret,
        delay_seconds=options.delay_seconds,
    )
    double.courier.start(double.actions.tick)
    print(f"Stripe 替身：{double.url}", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        double.serve_forever()


main()
