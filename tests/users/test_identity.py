"""The identity behind an account."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from lms.users import identity, identity_rules
from lms.users.models import Consent, Identity, User
from tests.factories.users import UserFactory, make_id_number, make_identity

NUMBER = "11010519491231002X"


def test_record_encrypts_masks_and_keeps_the_consent(alice, now):
    saved = identity.record(
        user=alice, real_name="陈演示", id_number="11010519491231002x", consent_version="7", ip="192.0.2.7", now=now
    )

    row = Identity.objects.values().get()
    assert (row["real_name"], row["number_masked"], row["updated_at"], row["locked_at"]) == (
        "陈演示",
        "110***********002X",
        now,
        None,
    )
    assert NUMBER not in str(row)
    assert identity.number_of(saved) == NUMBER
    assert str(saved) == "陈演示 110***********002X"
    assert list(Consent.objects.values_list("user", "purpose", "version", "given_at", "ip")) == [
        (alice.pk, "IDENTITY", "7", now, "192.0.2.7")
    ]


def test_record_again_corrects(alice, now):
    make_identity(user=alice, real_name="张山", id_number=make_id_number(1), now=now)

    saved = make_identity(user=alice, real_name="张三", id_number=make_id_number(2), now=now + timedelta(days=1))

    assert Identity.objects.get() == saved
    assert (saved.real_name, identity.number_of(saved)) == ("张三", make_id_number(2))
    assert Consent.objects.count() == 1


def test_record_refuses_a_number_of_another_account(alice, charlie, now):
    make_identity(user=alice, id_number=NUMBER, now=now)

    with pytest.raises(identity.NumberTaken, match="已在另一个账号登记"):
        make_identity(user=charlie, id_number="11010519491231002ｘ", now=now)

    assert Identity.objects.get().user == alice
    assert not Consent.objects.of(charlie).exists()


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"real_name": "A"}, identity_rules.RealNameInvalid),
        ({"id_number": "110105194912310020"}, identity_rules.IdNumberInvalid),
        ({"id_number": make_id_number(born="20261123")}, identity_rules.IdNumberInvalid),
    ],
)
def test_record_refuses_what_the_rules_refuse(alice, now, fields, refusal):
    with pytest.raises(refusal):
        make_identity(user=alice, now=now, **fields)

    assert not Consent.objects.exists()


def test_lock_ends_corrections_and_withdrawal(alice, now):
    make_identity(user=alice, now=now)

    identity.lock(user=alice, now=now)
    identity.lock(user=alice, now=now + timedelta(days=1))

    assert Identity.objects.get().locked_at == now
    with pytest.raises(identity.IdentityLocked, match="请联系客服更正"):
        make_identity(user=alice, now=now)
    with pytest.raises(identity.IdentityLocked):
        identity.withdraw(user=alice, now=now)
    assert Consent.objects.standing().count() == 1


def test_lock_without_identity_does_nothing(alice, now):
    identity.lock(user=alice, now=now)

    assert not Identity.objects.exists()


def test_withdraw_deletes_the_identity_and_frees_the_number(alice, charlie, now):
    make_identity(user=alice, id_number=NUMBER, now=now)

    identity.withdraw(user=alice, now=now)
    identity.withdraw(user=alice, now=now)

    assert not Identity.objects.exists()
    assert Consent.objects.get().withdrawn_at == now
    make_identity(user=charlie, id_number=NUMBER, now=now)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_record_of_one_number_by_two_at_once_lets_one_in(now):
    people = [UserFactory(), UserFactory()]
    barrier = threading.Barrier(2)
    outcomes: list[str] = []

    def run(person: User) -> None:
        barrier.wait()
        try:
            make_identity(user=person, id_number=NUMBER, now=now)
        except identity.NumberTaken:
            outcomes.append("taken")
        else:
            outcomes.append("saved")
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["saved", "taken"]
    assert Identity.objects.count() == Consent.objects.count() == 1


# --- A correction by staff --------------------------------------------------------------------------------------------


def test_correct_name_changes_the_name_alone_and_keeps_the_lock(alice, charlie, now):
    make_identity(user=alice, real_name="张山", id_number=NUMBER, now=now)
    make_identity(user=charlie, real_name="别人", id_number=make_id_number(1), now=now)
    identity.lock(user=alice, now=now)

    identity.correct_name(user=alice, real_name=" 张三 ", now=now + timedelta(days=1))

    saved = Identity.objects.get(user=alice)
    assert (saved.real_name, identity.number_of(saved), saved.locked_at) == ("张三", NUMBER, now)
    assert saved.updated_at == now + timedelta(days=1)
    assert Identity.objects.get(user=charlie).real_name == "别人"


def test_correct_name_refuses_what_is_no_name(alice, now):
    make_identity(user=alice, real_name="张三", id_number=NUMBER, now=now)

    with pytest.raises(identity_rules.RealNameInvalid):
        identity.correct_name(user=alice, real_name="A", now=now)

    assert Identity.objects.get().real_name == "张三"


@pytest.mark.parametrize(("typed", "stored"), [(" 张三 ", "张三"), ("阿依古丽•麦麦提", "阿依古丽·麦麦提")])
def test_checked_name_is_the_name_as_it_is_stored(typed, stored):
    assert identity.checked_name(typed) == stored


def test_checked_name_refuses_what_is_no_name():
    with pytest.raises(identity_rules.RealNameInvalid):
        identity.checked_name("A")
