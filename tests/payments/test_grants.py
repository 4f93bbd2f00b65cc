import pytest

from courses.models import Enrolment
from payments import attention, grants
from tests.factories.courses import EnrolmentFactory, make_course

pytestmark = pytest.mark.django_db


def test_give_enrols_and_keeps_the_reason(alice, staff, now):
    grant = grants.give(learner=alice, course=make_course(), reason="讲师家属", by=staff, now=now)

    enrolment = Enrolment.objects.get()
    assert (grant.value_fen, grant.reason, grant.granted_by, grant.enrolment) == (88_000, "讲师家属", staff, enrolment)
    assert (enrolment.source, enrolment.source_ref) == (Enrolment.Source.GRANT, "讲师家属")


def test_give_refuses_without_a_reason_or_twice(alice, staff, now):
    standing = EnrolmentFactory(learner=alice)

    with pytest.raises(attention.ReasonMissing):
        grants.give(learner=alice, course=make_course(), reason=" ", by=staff, now=now)
    with pytest.raises(grants.AlreadyStudies):
        grants.give(learner=alice, course=standing.course, reason="x", by=staff, now=now)


def test_revoke_withdraws_once(alice, staff, now):
    grant = grants.give(learner=alice, course=make_course(), reason="x", by=staff, now=now)
    with pytest.raises(attention.ReasonMissing):
        grants.revoke(grant=grant, reason="", by=staff, now=now)

    revoked = grants.revoke(grant=grant, reason="给错人", by=staff, now=now)

    assert (revoked.revoked_by, revoked.revoked_at, revoked.revoked_reason) == (staff, now, "给错人")
    assert Enrolment.objects.get().withdrawn_reason == "给错人"
    with pytest.raises(grants.AlreadyRevoked):
        grants.revoke(grant=grant, reason="再", by=staff, now=now)
