"""The demo's holder, on the repository's own course and bank."""

from datetime import timedelta

import pytest

import courses.demo
import exams.demo
import lms.users.demo
from certificates import demo, register
from certificates.models import Certificate
from lms.users import roles
from tests.factories.courses import home

pytestmark = pytest.mark.django_db


def test_load_leads_one_person_to_a_certificate_and_may_run_twice(now):
    home()
    roles.sync()
    for load in (lms.users.demo.load, courses.demo.load, exams.demo.load, demo.load):
        load(now=now)

    demo.load(now=now + timedelta(days=1))

    certificate = Certificate.objects.get()
    assert (certificate.holder.email, certificate.holder_name) == ("holder@example.com", "演示持证人")
    assert certificate.attempt.has_passed
    assert certificate.issued_at == now - timedelta(days=5)
    assert register.look_up(number=certificate.number, name="演示持证人") == certificate
    assert not Certificate.objects.filter(holder__email=lms.users.demo.READY).exists()


def test_load_refuses_outside_the_demo(now, settings):
    settings.EMBEDDED = False

    with pytest.raises(lms.users.demo.NotTheDemo):
        demo.load(now=now)
