"""The glossary in the back office: editors add and change entries, reviewers may delete them too."""

from wagtail.admin.panels import FieldPanel
from wagtail.admin.ui.tables import BooleanColumn, Column
from wagtail.snippets.views.snippets import SnippetViewSet

from courses.models import GlossaryTerm


class GlossaryViewSet(SnippetViewSet):
    model = GlossaryTerm
    icon = "openquote"
    menu_label = "术语表"
    menu_order = 220
    add_to_admin_menu = True
    list_display = [
        "term",
        "english",
        Column("lesson", label="讲到它的课", accessor="lesson.title"),
        BooleanColumn("is_shown", label="公开显示"),
    ]
    list_filter = ["is_shown"]
    list_per_page = 50
    list_export = ["term", "english", "meaning", "lesson.slug", "is_shown"]
    export_filename = "glossary"
    search_fields = ["term", "english", "meaning", "sort_key"]
    ordering = ["sort_key", "term"]
    copy_view_enabled = False
    panels = [
        FieldPanel("term"),
        FieldPanel("english"),
        FieldPanel("slug"),
        FieldPanel("meaning"),
        FieldPanel("lesson"),
        FieldPanel("is_shown"),
    ]
