"""The editor's forms of modules and lessons."""

from typing import Any

from anyascii import anyascii
from django.utils.text import slugify
from wagtail.admin.forms import WagtailAdminPageForm

from courses import publishing

SLUG_LENGTH = 60


class PinyinSlugForm(WagtailAdminPageForm):
    """A Chinese title makes its own name in addresses, from pinyin; whoever wants another writes it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].required = False
            self.fields["slug"].help_text = "网址里的名字，小写字母、数字和连字符。空着就由标题的拼音得出。"

    def clean_slug(self) -> str:
        """Take the title's pinyin where nothing is written; of names that are taken, the next free one."""
        given: str = self.cleaned_data["slug"]
        if given:
            return given
        stem = slugify(anyascii(self.cleaned_data.get("title", "")))[:SLUG_LENGTH].strip("-") or "page"
        siblings = self.parent_page.get_children().exclude(pk=self.instance.pk) if self.parent_page else []
        taken = {page.slug for page in siblings}
        return next(
            slug
            for number in range(1, len(taken) + 2)
            if (slug := f"{stem}-{number}" if number > 1 else stem) not in taken
        )


class LessonForm(PinyinSlugForm):
    """A draft may be saved in any state; to submit or publish it, nothing may stop it: docs/rules/publishing.md."""

    def _post_clean(self) -> None:
        super()._post_clean()
        if self.is_deferred_validation or self.errors:
            return
        for finding in publishing.stopping(self.instance):
            self.add_error(None, f"{finding}（{finding.rule}）")
