"""Demo content of every app, from the bottom of the line to the top, each made through the app's own verbs."""

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

import certificates.demo
import certificates.staffing.demo
import courses.demo
import exams.demo
import exams.demo_room
import lms.pages.demo
import lms.users.demo
import payments.demo


class Command(BaseCommand):
    help = "载入演示内容与演示账号（可以反复执行；不覆盖在后台改过的内容）。"

    def handle(self, *args: object, **options: object) -> None:
        if not settings.EMBEDDED:
            raise CommandError("生产环境不载入演示内容；正式课程用 manage.py load_content。")
        with transaction.atomic():
            now = timezone.now()
            lms.pages.demo.load(now=now)
            call_command("sync_roles", verbosity=0)
            lms.users.demo.load(now=now)
            courses.demo.load(now=now)
            exams.demo.load(now=now)
            payments.demo.load(now=now)
            exams.demo_room.load(now=now)
            certificates.demo.load(now=now)
            certificates.staffing.demo.load(now=now)
        self.stdout.write("演示内容已就绪。")
