"""Make groups, permissions and the review workflow agree with lms/users/roles.py."""

from django.core.management.base import BaseCommand, CommandError

from lms.users import roles


class Command(BaseCommand):
    help = "按 lms/users/roles.py 建立角色（组）、权限和编辑 → 审核流程；可以反复执行，只报告有变化的地方。"

    def handle(self, *args: object, **options: object) -> None:
        report = roles.sync()
        if options["verbosity"]:
            for line in report.changes or ["角色与权限没有变化。"]:
                self.stdout.write(line)
        if report.unknown:
            raise CommandError("以下权限不存在，已跳过，请更正 lms/users/roles.py：" + "；".join(report.unknown))
