"""What the queues of decisions about attempts have in common: 迟到作答审核 and 成绩复核."""

from wagtail.admin.ui.tables import Column, TitleColumn

from lms.policies import LookOnlyViewSet


class DecisionQueueViewSet(LookOnlyViewSet):
    """Rows about one attempt each, waiting ones first; a person decides on the page behind the row."""

    add_to_reference_index = False
    list_per_page = 50
    search_fields = [
        "attempt__candidate__email",
        "attempt__candidate__name",
        "attempt__candidate__identity__real_name",
        "attempt__receipt_number",
    ]


def columns(namespace: str) -> list[Column]:
    """Return the first columns of such a queue."""
    return [
        TitleColumn("candidate", label="考生", accessor="attempt.candidate", url_name=f"{namespace}:inspect"),
        Column("exam", label="考试", accessor="attempt.exam.title"),
        Column("status", label="状态", accessor="get_status_display", sort_key="status"),
    ]
