"""Companies, their members and their places: what the verbs do, and what they refuse."""

from datetime import timedelta

import pytest
from django.http import Http404

from certificates.staffing import companies, members, sites
from certificates.staffing.models import Company, CompanyGroup, DomainProof, Member, MemberInvitation, Site
from courses.seats import tokens
from lms.users.models import OutgoingMail
from tests.factories.companies import company_code, make_company, make_member, make_person, make_site
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db
Role = Member.Role


@pytest.fixture
def company(alice):
    return make_company(owner=alice)


def test_register(alice, now):
    company = companies.register(name=" 甲  服务有限公司 ", uscc=f" {company_code(7).lower()} ", by=alice, now=now)

    assert (company.name, company.uscc, company.status) == ("甲 服务有限公司", company_code(7), "UNVERIFIED")
    assert [(one.user, one.role) for one in company.members.all()] == [(alice, Role.OWNER)]


@pytest.mark.parametrize(
    ("uscc", "said"),
    [
        ("", "现在是 0 位"),
        (company_code(7)[:-1], "现在是 17 位"),
        (company_code(7)[:-1] + ("0" if company_code(7)[-1] != "0" else "1"), "校验位不对"),
        ("=HYPERLINK(1)", "18 位数字和大写字母"),
    ],
)
def test_register_refuses_a_wrong_code(uscc, said, alice, now):
    with pytest.raises(companies.CompanyRefused) as refusal:
        companies.register(name="甲服务有限公司", uscc=uscc, by=alice, now=now)

    assert said in refusal.value.errors["uscc"]


@pytest.mark.parametrize("name", ["", "甲", "=甲服务", "甲" * 101, "甲\u200b乙"])
def test_register_refuses_an_odd_name(name, alice, now):
    with pytest.raises(companies.CompanyRefused) as refusal:
        companies.register(name=name, uscc=company_code(7), by=alice, now=now)

    assert list(refusal.value.errors) == ["name"]


def test_register_twice(alice, charlie, company, now):
    with pytest.raises(companies.AlreadyRegistered):
        companies.register(name="甲服务", uscc=company.uscc, by=charlie, now=now)

    companies.reject(company=company, by=alice, decision="查无此企业", now=now)
    assert companies.register(name="甲服务", uscc=company.uscc, by=charlie, now=now).pk != company.pk


def test_register_too_many(alice, company, now, monkeypatch):
    monkeypatch.setattr(companies, "MAX_OWNED", 1)
    with pytest.raises(companies.TooManyCompanies):
        companies.register(name="甲服务", uscc=company_code(7), by=alice, now=now)


def test_verify_once_with_words(company, charlie, now):
    with pytest.raises(companies.DecisionMissing):
        companies.verify(company=company, by=charlie, decision=" ", now=now)
    decided = companies.verify(company=company, by=charlie, decision="执照相符", now=now)

    assert (decided.status, decided.decided_how, decided.decided_by) == ("VERIFIED", "STAFF", charlie)
    with pytest.raises(companies.AlreadyDecided):
        companies.reject(company=company, by=charlie, decision="不对", now=now)


def prove(company, alice, now, email="it@jia.example"):
    proof = companies.send_domain_proof(company=company, email=email, now=now)
    DomainProof.objects.filter(pk=proof.pk).update(token_hash=tokens.hash_of("t"))
    return companies.prove_domain(token="t", by=alice, now=now)


def test_domain_mail_alone_is_evidence_for_staff(company, alice, now):
    proved = prove(company, alice, now)

    assert (proved.status, proved.mail_domain) == ("UNVERIFIED", "jia.example")
    assert OutgoingMail.objects.get().to == "it@jia.example"


def test_domain_mail_verifies_a_sister_of_a_verified_company(company, alice, now):
    prove(company, alice, now)
    companies.verify(company=company, by=UserFactory(), decision="相符", now=now)
    sister = make_company(owner=alice)

    assert prove(sister, alice, now).decided_how == "DOMAIN"


def test_domain_of_somebody_elses_company_verifies_nothing(company, alice, charlie, now):
    prove(company, alice, now)
    companies.verify(company=company, by=UserFactory(), decision="相符", now=now)

    assert prove(make_company(owner=charlie), charlie, now).status == "UNVERIFIED"


def test_domain_proof_refusals(company, alice, charlie, now):
    with pytest.raises(companies.PublicMailbox):
        companies.send_domain_proof(company=company, email="a@QQ.com", now=now)
    companies.send_domain_proof(company=company, email="a@jia.example", now=now)
    with pytest.raises(companies.SentJustNow):
        companies.send_domain_proof(company=company, email="a@jia.example", now=now)
    DomainProof.objects.update(token_hash=tokens.hash_of("t"))
    for token, by, at in (("t", charlie, now), ("x", alice, now), ("t", alice, now + timedelta(days=3))):
        with pytest.raises(companies.ProofInvalid):
            companies.prove_domain(token=token, by=by, now=at)


def test_for_user(company, alice, charlie):
    assert companies.for_user(alice, company.pk, role=Role.OWNER)[0] == company
    with pytest.raises(Http404):
        companies.for_user(charlie, company.pk)
    make_member(company=company, user=charlie, role=Role.MANAGER)
    assert companies.for_user(charlie, company.pk, role=Role.MANAGER)[1].role == Role.MANAGER
    with pytest.raises(Http404):
        companies.for_user(charlie, company.pk, role=Role.OWNER)


def test_group_needs_an_owner_of_both(company, alice, charlie, now):
    other = make_company(owner=charlie)
    with pytest.raises(companies.NotBothOwned):
        companies.join_group(company=company, other=other, name="集团", by=alice, now=now)
    with pytest.raises(companies.NotBothOwned):
        companies.join_group(company=company, other=company, name="集团", by=alice, now=now)
    make_member(company=other, user=alice, role=Role.OWNER)
    group = companies.join_group(company=company, other=other, name="集团", by=alice, now=now)

    assert set(Company.objects.filter(group=group)) == {company, other}
    companies.leave_group(company=company)
    assert CompanyGroup.objects.count() == 0


def invite(company, alice, now, email="bob@example.com", role=Role.MANAGER):
    invitation = members.invite(company=company, email=email, role=role, by=alice, now=now)
    MemberInvitation.objects.filter(pk=invitation.pk).update(token_hash=tokens.hash_of("t"))
    return invitation


def test_invited_person_joins(company, alice, now):
    bob = UserFactory(email="bob@example.com")
    invite(company, alice, now, email="Bob@Example.com")
    assert members.find(token="t", now=now).email == "bob@example.com"

    member = members.accept(token="t", by=bob, now=now)

    assert (member.role, member.user) == (Role.MANAGER, bob)
    with pytest.raises(members.InvitationInvalid):
        members.accept(token="t", by=bob, now=now)
    with pytest.raises(members.AlreadyMember):
        members.invite(company=company, email="BOB@example.com", role=Role.VIEWER, by=alice, now=now)


def test_invitation_is_for_its_mailbox_and_its_time(company, alice, charlie, now):
    invitation = invite(company, alice, now)
    with pytest.raises(members.InvitationOfAnother):
        members.accept(token="t", by=charlie, now=now)
    with pytest.raises(members.InvitedJustNow):
        members.invite(company=company, email="bob@example.com", role=Role.VIEWER, by=alice, now=now)
    with pytest.raises(members.InvitationInvalid):
        members.accept(token="t", by=UserFactory(email="bob@example.com"), now=now + timedelta(days=14))
    members.withdraw_invitation(invitation=invitation, now=now)
    assert members.find(token="t", now=now) is None


def test_mail_of_an_invitation_has_nothing_free_in_it(alice, now, outbox_texts):
    company = make_company(owner=alice, name="点击 http://evil.example 领奖")
    members.invite(company=company, email="bob@example.com", role=Role.VIEWER, by=alice, now=now)

    assert "evil" not in outbox_texts()[0]


def test_last_owner_stays(company, alice, charlie):
    mine = Member.objects.get(user=alice)
    with pytest.raises(members.LastOwner):
        members.remove(member=mine)
    with pytest.raises(members.LastOwner):
        members.change_role(member=mine, role=Role.VIEWER)

    make_member(company=company, user=charlie, role=Role.OWNER)
    members.remove(member=mine)
    assert Member.objects.get().user == charlie


def test_site_tree(company):
    hq = sites.add(company=company, name=" 总 部 ", kind="HQ", parent=None)
    branch = sites.add(company=company, name="华东", kind="BRANCH", parent=hq)
    assert (hq.name, branch.parent) == ("总 部", hq)

    for name, kind, parent, refusal in (
        ("华东", "OUTLET", hq, sites.SiteNameTaken),
        ("二总部", "HQ", None, sites.SecondHQ),
    ):
        with pytest.raises(refusal):
            sites.add(company=company, name=name, kind=kind, parent=parent)
    with pytest.raises(sites.SiteInCircle):
        sites.change(site=branch, name="华东", kind="BRANCH", parent=branch)
    with pytest.raises(sites.SiteInUse):
        sites.delete(site=hq)


def test_site_tree_has_five_layers(company):
    parent = None
    for layer in range(5):
        parent = sites.add(company=company, name=f"第{layer}层", kind="BRANCH", parent=parent)
    with pytest.raises(sites.SiteTooDeep):
        sites.add(company=company, name="第五层", kind="OUTLET", parent=parent)

    lone = make_site(company=company, name="独立")
    make_site(company=company, name="独立下级", parent=lone)
    with pytest.raises(sites.SiteTooDeep):
        sites.change(site=lone, name="独立", kind="OUTLET", parent=Site.objects.get(name="第3层"))


def test_site_with_people_stays(company):
    site = make_site(company=company)
    make_person(company=company, site=site)
    with pytest.raises(sites.SiteInUse):
        sites.delete(site=site)
