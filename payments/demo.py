"""
A company's order of seats in the demo: paid by transfer, since a card payment would have no counterpart at Stripe.

The demo learner buys by hand.
"""

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.utils import timezone

from courses import learning, seats
from courses.demo import COURSE_SLUG
from courses.models import CoursePage, LessonPage, SeatBatch
from courses.seats import Person
from lms.users import consents, roles, vault
from lms.users.demo import LOCAL_IP, PASSWORD
from lms.users.models import Consent, User
from payments import invoices, orders, transfers
from payments.invoice_rules import Title
from payments.models import Order

HOLDER, FINANCE = "company@example.com", "finance@example.com"
COMPANY, CODE = "青山家电服务有限公司（演示）", "91350100M000100Y43"  # the sample of GB 32100-2015: nobody's
COUNT = 12
PAID_DAYS_AGO = 3
COLLEAGUES = (Person("seat-1@example.com", "赵席一"), Person("seat-2@example.com", "钱席二"))
INVITED = (Person("seat-3@example.com", "孙席三"), Person("seat-4@example.com", "李席四"))


def load(*, now: datetime) -> None:
    """Let the demo's company buy seats, name four people and ask for its invoice. Safe to run twice."""
    holder, finance = (User.objects.filter(email=email).first() for email in (HOLDER, FINANCE))
    course = CoursePage.objects.filter(slug=COURSE_SLUG).first()
    offered = transfers.is_offered()
    if not (holder and finance and course and offered) or Order.objects.of(holder).exists():
        return
    then = now - timedelta(days=PAID_DAYS_AGO)
    _take_seats(_buy(holder, finance, course, then), then)


def _buy(holder: User, finance: User, course: CoursePage, now: datetime) -> SeatBatch:
    order = orders.place_for_company(
        buyer=holder, course=course, company_title=COMPANY, company_code=CODE, quantity=COUNT, now=now
    )
    transfers.choose(order=order, by=holder, now=now)
    entry = transfers.record(
        serial=f"DEMO{order.number}",
        booked_on=timezone.localdate(now),
        amount_fen=order.amount_fen,
        payer_name=COMPANY,
        remark=order.number,
        by=finance,
        now=now,
    )
    transfers.match(entry=entry, order=order, by=finance, now=now)
    title = Title(is_company=True, is_special=False, title=COMPANY, tax_number=CODE)
    invoices.request(order=order, by=holder, title=title, email=HOLDER, now=now)
    return SeatBatch.objects.get(order_number=order.number)


def _take_seats(batch: SeatBatch, now: datetime) -> None:
    """Two colleagues come by the link, one of them begins; two more are invited."""
    last_day = timezone.localdate(now) + timedelta(days=90)
    link = seats.open_link(batch=batch, places=6, valid_until=last_day, now=now)
    seats.name_people(batch=batch, people=[*COLLEAGUES, *INVITED], by=batch.holder, now=now)
    for person in COLLEAGUES:
        seats.claim(token=vault.decrypt(link.token_cipher), learner=_learner(person, now), now=now)
    first = LessonPage.objects.live().descendant_of(batch.course).order_by("path").first()
    if first:
        learning.open_lesson(learner=User.objects.get(email=COLLEAGUES[0].email), lesson=first, now=now)


def _learner(person: Person, now: datetime) -> User:
    user = User.objects.create_user(person.email, PASSWORD, name=person.name)
    EmailAddress.objects.create(user=user, email=person.email, primary=True, verified=True)
    roles.join(user=user, role=roles.LEARNER)
    consents.give(user=user, purpose=Consent.Purpose.TERMS, version=settings.TERMS_VERSION, ip=LOCAL_IP, now=now)
    return user
