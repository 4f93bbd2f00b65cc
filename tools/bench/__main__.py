"""Command line of the benchmarks."""

import argparse
import os
import sys
import tempfile
from importlib import import_module
from pathlib import Path

import django

from tools.bench import environment
from tools.with_services import free_port


def options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description="基准测试，结果写到 bench.json。")
    parser.add_argument("--quick", action="store_true", help="一分钟内的小样")
    parser.add_argument("--candidates", type=int, help="开始与交卷两个场景的人数，默认 400")
    parser.add_argument("--seconds", type=float, help="每个场景闭环、开环各测多少秒，默认 8")
    parser.add_argument("--minutes", type=float, help="考试日持续几分钟，默认 2.5")
    parser.add_argument("--exam-day", type=_sizes, metavar="N,N", help="考试日依次试哪些人数，默认按测得的速度选一个")
    parser.add_argument("--register", type=int, metavar="N", help="只测证书查询：登记簿里有 N 张证书")
    parser.add_argument("--batch", type=int, metavar="N", help="只测批量签发：一批 N 份，真的 worker 与 beat")
    parser.add_argument("--output", type=Path, default=environment.ROOT / "bench.json")
    given = parser.parse_args(arguments)
    for name, quick, usual in (("candidates", 40, 400), ("seconds", 1, 8), ("minutes", 0.15, 2.5)):
        if getattr(given, name) is None:
            setattr(given, name, quick if given.quick else usual)
    return given


def _sizes(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def main() -> int:
    given = options(sys.argv[1:])
    if missing := [name for name in environment.NEEDED if not os.environ.get(name)]:
        sys.exit(f"缺少环境变量 {'、'.join(missing)}。请用 make bench，它会启动 PostgreSQL 和 Redis。")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="lms-bench-") as name:
        folder = Path(name)
        os.environ.update(environment.variables(folder=folder, port=port))
        django.setup()
        # What follows imports models, which is possible from here on only.
        if given.register:
            register = import_module("tools.bench.register")
            return int(register.main(rows=given.register, seconds=given.seconds, folder=folder, port=port))
        if given.batch:
            return int(import_module("tools.bench.batch").main(number=given.batch, folder=folder))
        return int(import_module("tools.bench.run").main(given, folder=folder, port=port))


if __name__ == "__main__":
    sys.exit(main())
