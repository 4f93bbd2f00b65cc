"""Rows for a house: an exam of 15 questions and candidates who sit it. Run as a program inside the house's settings."""

import json
import sys

import django

SETS = (("SINGLE", 6), ("MULTI", 5), ("TRUE_FALSE", 4))


def main(number: int) -> list[dict[str, object]]:
    """Make the people and their attempts; return for each the attempt, its page's cookie and the paper's letters."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.utils import timezone

    from exams import attempts
    from exams.models import BlueprintCell
    from tests.factories.exams import make_eligible, make_exam, make_item
    from tests.factories.users import UserFactory

    exam = make_exam(pass_centi=1500)
    for kind, count in SETS:
        (cell,) = BlueprintCell.objects.filter(exam=exam, kind=kind)
        for _ in range(count - cell.count):
            make_item(module=cell.module, kind=kind)
        BlueprintCell.objects.filter(pk=cell.pk).update(count=count)
    rows = []
    for n in range(number):
        person = UserFactory(email=f"candidate{n}@example.com", name=f"考生{n}")
        make_eligible(person, exam)
        attempt = attempts.start(exam=exam, candidate=person, now=timezone.now())
        session = SessionStore()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.create()
        cookie = f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
        rows.append(
            {
                "attempt": attempt.pk,
                "cookie": cookie,
                "letters": [[question.kind, question.letters] for question in attempt.questions],
            }
        )
    return rows


if __name__ == "__main__":
    django.setup()
    print(json.dumps(main(int(sys.argv[1]))))  # noqa: T201  # the answer to who called
