"""The editor's form of a lesson. Source: docs/rules/publishing.md."""

from wagtail.admin.forms import WagtailAdminPageForm

from courses import publishing


class LessonForm(WagtailAdminPageForm):
    """A draft may be saved in any state; to submit or publish it, nothing may stop it."""

    def _post_clean(self) -> None:
        super()._post_clean()
        if self.is_deferred_validation or self.errors:
            return
        for finding in publishing.stopping(self.instance):
            self.add_error(None, f"{finding}（{finding.rule}）")
