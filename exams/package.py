"""The items of a course's lessons inside its package, as Moodle XML. Source: docs/rules/package.md, rule K7."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Q

from exams import exchange
from exams.models import Item
from lms.errors import DomainError
from lms.users.models import User

FILE, FORMAT = "items/items.xml", "moodlexml"
SHOWN = 50


class ItemsPart:
    """What this room adds: items in use or in work whose lesson is in the course, a 案例 with all its parts."""

    folder, label = "items", "试题"

    def export(self, *, lessons: Sequence[str]) -> dict[str, bytes]:
        named = Q(current__lesson_slug__in=lessons) | Q(case__current__lesson_slug__in=lessons)
        items = Item.objects.filter(named | Q(parts__current__lesson_slug__in=lessons))
        items = Item.objects.filter(pk__in=items.exclude(status=Item.Status.RETIRED).values("pk"))
        return {FILE: exchange.export(items, target=FORMAT)} if items.exists() else {}

    def look(self, files: Mapping[str, bytes]) -> tuple[str, list[str]]:
        strange = [f"{name}：不认识的文件。" for name in files if name != FILE]
        if strange:
            return "", strange
        try:
            _, found = exchange.read(files[FILE], file_format=FORMAT)
            made = exchange.plan(found, defaults=exchange.Defaults())
        except DomainError as refusal:
            return "", [f"{FILE}：{refusal}"]
        if made.problems:
            return "", [f"{FILE} 第 {one.place} 题 {one.field}：{one.message}" for one in made.problems[:SHOWN]]
        counts = made.counts
        return f"试题：新增 {counts['created']} 题，修订 {counts['updated']} 题，跳过 {counts['skipped']} 题", []

    def store(self, files: Mapping[str, bytes], *, person: User | None, now: datetime) -> None:
        _, found = exchange.read(files[FILE], file_format=FORMAT)
        exchange.store(found, defaults=exchange.Defaults(), author=person, now=now)
