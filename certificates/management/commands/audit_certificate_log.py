"""`manage.py audit_certificate_log`: does the register still say what the transparency log says?"""

import sys

from django.core.management.base import BaseCommand

from certificates import logbook
from certificates.models import LogEntry, TreeHead


class Command(BaseCommand):
    help = "从头重算证书公开日志，与每个签过的树头、登记簿逐行对照；有不符即退出码 1。"

    def handle(self, *args: object, **options: object) -> None:
        findings = 0
        for finding in logbook.audit():
            findings += 1
            self.stdout.write(f"{finding.kind}\t{finding.where}\t{finding.text}")
        entries, heads = LogEntry.objects.count(), TreeHead.objects.count()
        self.stdout.write(f"日志 {entries} 条，树头 {heads} 个，不符 {findings} 处。")
        if findings:
            sys.exit(1)
