"""Periodic work: one verb each. May run twice or late; the rows say what is left to do."""

from threading import Thread

from celery import shared_task
from django.conf import settings
from django.db import connection
from django.utils import timezone

from courses import learning, reminders, seats, streams
from courses.package import jobs


@shared_task
def expire_seats() -> None:
    """Sweep: let company seats run out that nobody accepted in time."""
    seats.expire_due(now=timezone.now())


@shared_task
def remind_learners() -> None:
    """Sweep: once a week, write to those who asked for it and have not studied."""
    reminders.send_due(now=timezone.now())


@shared_task
def remind_of_expiring_seats() -> None:
    """Sweep: tell holders in time which seats run out."""
    seats.remind_due(now=timezone.now())


@shared_task
def close_study_stretches() -> None:
    """Sweep: write down the running stretches of learners who have gone."""
    learning.close_stretches(now=timezone.now())


@shared_task
def work_off_packages() -> None:
    """Sweep: make and take in course packages."""
    jobs.work_off(now=timezone.now())


@shared_task
def work_on_package(pk: int) -> None:
    """Do one of them at once."""
    jobs.work_on(pk=pk, now=timezone.now())


@shared_task
def make_streams() -> None:
    """Sweep: cut the next film of a published lesson into pieces; takes as long as the film, at most."""
    if not streams.has_work(now=timezone.now()):
        return
    if settings.CELERY_TASK_ALWAYS_EAGER:  # one process does all sweeps, and an exam must not wait for a film
        Thread(target=_make_aside, daemon=True).start()
    else:
        streams.make_next(now=timezone.now())


def _make_aside() -> None:
    try:
        streams.make_next(now=timezone.now())
    finally:
        connection.close()


@shared_task
def drop_old_streams() -> None:
    """Sweep: delete the pieces that belong to no film any more."""
    streams.drop_old()
