"""The seats of a company are managed by its people, not only by the buyer. docs/rules/seats.md, S11"""

import pytest
from django.urls import reverse

from certificates.staffing import companies, members
from certificates.staffing.models import Company, Member
from courses import seats
from courses.models import SeatBatch, SeatLink
from tests.factories.api import caller
from tests.factories.companies import make_company, make_member, make_person
from tests.factories.courses import make_course
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer():
    return UserFactory(email="buyer@example.com")


@pytest.fixture
def bob(db):
    return UserFactory(email="bob@example.com")


@pytest.fixture
def company(alice, bob):
    company = make_company(owner=alice)
    make_member(company=company, user=bob, role=Member.Role.MANAGER)
    return company


@pytest.fixture
def batch(buyer, company, now):
    return seats.make_seats(
        course=make_course(modules=1),
        holder=buyer,
        company=company.name,
        company_code=company.uscc,
        order_number="O1",
        count=3,
        now=now,
    )


@pytest.fixture
def verified(company, now):
    return companies.verify(company=company, by=UserFactory(), decision="材料相符", now=now)


def managers_of(batch):
    return [user.email for user in (batch.holder, *everybody()) if SeatBatch.objects.of(user).exists()]


def everybody():
    return [member.user for member in Member.objects.order_by("pk")]


def test_only_the_people_of_a_verified_company(batch, company, alice, bob, charlie, now):
    make_member(company=company, user=charlie)
    assert managers_of(batch) == ["buyer@example.com"]

    companies.verify(company=company, by=UserFactory(), decision="材料相符", now=now)

    assert managers_of(batch) == ["buyer@example.com", alice.email, bob.email]


def test_right_comes_and_goes_with_the_role(batch, verified, alice, bob):
    membership = Member.objects.get(user=bob)
    members.change_role(member=membership, role=Member.Role.VIEWER)
    assert managers_of(batch) == ["buyer@example.com", alice.email]

    members.change_role(member=membership, role=Member.Role.MANAGER)
    members.remove(member=membership)
    assert not SeatBatch.objects.of(bob).exists()
    assert seats.unused_count(order_number="O1") == 3


def test_who_joins_later_manages_too(batch, verified, alice, charlie, now, outbox_texts):
    members.invite(company=verified, email=charlie.email, role=Member.Role.MANAGER, by=alice, now=now)
    token = outbox_texts()[-1].split("/members/")[1].split("/")[0]

    members.accept(token=token, by=charlie, now=now)

    assert SeatBatch.objects.of(charlie).get() == batch


def test_manager_names_releases_and_invites_and_the_record_says_who(client, batch, verified, bob):
    client.force_login(bob)
    batch_page, person = reverse("courses:seat_batch", args=[batch.pk]), "ding@example.com"

    assert "由 buyer@example.com 购买" in client.get(batch_page).content.decode()
    client.post(batch_page, {"people": f"丁 {person}"})
    seat = batch.seats.get(email=person)
    client.post(reverse("courses:seat_link_open", args=[batch.pk]), {"places": "1", "valid_until": "2027-01-01"})
    client.post(reverse("courses:seat_release", args=[seat.pk]))

    assert [event.actor for event in seat.events.order_by("pk")] == [bob, bob, bob]
    assert SeatLink.objects.get().opened_by == bob
    assert bob.email in client.get(reverse("courses:seat_detail", args=[seat.pk])).content.decode()
    client.post(reverse("courses:seat_link_withdraw", args=[batch.pk]))
    assert SeatLink.objects.get().withdrawn_by == bob


def test_viewer_and_stranger_find_nothing(client, batch, verified, charlie):
    make_member(company=verified, user=charlie)
    members.appoint_stewards(verified)
    client.force_login(charlie)

    for name, pk in (("seat_batch", batch.pk), ("seat_detail", batch.seats.first().pk)):
        assert client.get(reverse(f"courses:{name}", args=[pk])).status_code == 404


def test_seats_of_one_company_are_not_offered_in_another(client, batch, verified, alice):
    sister = make_company(owner=alice)
    people = [make_person(company=company) for company in (verified, sister)]
    client.force_login(alice)

    pages = [client.get(reverse("staffing:training_create", args=[one.company_id, one.pk])) for one in people]
    listed = [caller(company=one, by=alice).get("seats").json()["items"] for one in (verified, sister)]

    assert [list(page.context["form"].fields["batch"].queryset) for page in pages] == [[batch], []]
    assert [[one["order_number"] for one in items] for items in listed] == [["O1"], []]
    assert Company.objects.count() == 2
