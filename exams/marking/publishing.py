"""The result, when people have marked all that was theirs to mark. Source: docs/rules/grading.md, rule G25."""

from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef

from exams import attempts
from exams.models import Attempt, LateReview, Script
from exams.results import mails

log = structlog.get_logger(__name__)


def publish_marked(*, now: datetime) -> int:
    """
    Publish every result that waits for nothing any more; return how many.

    A row that fails is logged and does not stop the others. Source: docs/rules/grading.md, rule G25.
    """
    waiting = Script.objects.waiting().filter(attempt=OuterRef("pk"))
    pending = LateReview.objects.filter(attempt=OuterRef("pk"), status=LateReview.Status.PENDING)
    ready = Attempt.objects.filter(status=Attempt.Status.AWAITING).filter(~Exists(waiting), ~Exists(pending))
    published = 0
    for pk in list(ready.order_by("closed_at", "pk").values_list("pk", flat=True)):
        try:
            published += _publish(pk, now)
        except attempts.StillAwaiting:  # something came in between
            continue
        except Exception:
            log.exception("publishing_failed", attempt=pk)
    return published


@transaction.atomic
def _publish(pk: int, now: datetime) -> bool:
    attempt = Attempt.objects.select_related("exam", "candidate").get(pk=pk)
    published = attempts.publish(attempt=attempt, now=now)
    if published.published_at != now:  # another process did it
        return False
    mails.tell_published(attempt=published)
    return True
