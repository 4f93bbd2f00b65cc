"""The roster, person by person."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from certificates.masking import name_key
from certificates.staffing import checks, companies, links, people, ratio, roster_sheet
from certificates.staffing.answers import PersonAnswer
from certificates.staffing.models import Company, Employment, Judgement, Member, Person, PersonInvitation, Site
from certificates.staffing.models.people import PersonQuerySet
from certificates.staffing.person_forms import ConsentInviteForm, DaysForm, GuideForm, PersonForm
from certificates.staffing.rosters import MAX_ROWS
from lms.errors import DomainError
from lms.http import UserRequest

MANAGER = Member.Role.MANAGER
PEOPLE_PER_PAGE = 50
SITES_OFFERED = 500
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WHO = {"employed": "在职", "all": "全部", "managers": "服务管理人员", "left": "不在职"}


@require_safe
def person_list(request: UserRequest, pk: int) -> HttpResponse:
    """List the roster, narrowed by name, place and kind."""
    company, member = companies.for_user(request.user, pk)
    found = _narrowed(request, company)
    rows = found.select_related("site").prefetch_related(_employments()).order_by("name_key", "pk")
    wanted = {name: request.GET.get(name, "") for name in ("q", "site", "who")}
    context = {
        "company": company,
        "member": member,
        "page_obj": Paginator(rows, PEOPLE_PER_PAGE).get_page(request.GET.get("page")),
        "wanted": wanted,
        "who": WHO.items(),
        "sites": Site.objects.of(company).order_by("name")[:SITES_OFFERED],
        "query": urlencode({name: value for name, value in wanted.items() if value}),
        "has_people": Person.objects.of(company).exists(),
    }
    return render(request, "staffing/person_list.html", context)


def _employments() -> "Prefetch[str]":
    return Prefetch("employments", Employment.objects.order_by("joined_on"))


def _narrowed(request: UserRequest, company: Company) -> PersonQuerySet:
    today = timezone.localdate()
    employed = Exists(Employment.objects.on(today).filter(person=OuterRef("pk")))
    found = Person.objects.of(company).judged_on(today).annotate(is_employed=employed)
    who = request.GET.get("who", "employed") or "employed"
    if who in ("employed", "managers"):
        found = found.filter(is_employed=True)
    if who == "left":
        found = found.filter(is_employed=False)
    if who == "managers":
        found = found.managers_on(today)
    site, text = request.GET.get("site", ""), request.GET.get("q", "").replace("\x00", "").strip()[:50]
    if site.isdecimal() and len(site) <= 18:
        found = found.filter(site=int(site))
    if text:
        by_name, by_number = found.filter(name_key__contains=name_key(text)), found.filter(staff_number__iexact=text)
        found = by_name | by_number
    return found


@require_safe
def person_export(request: UserRequest, pk: int) -> HttpResponse:
    """Give the whole roster as a workbook that can be sent back."""
    company, _ = companies.for_user(request.user, pk, role=MANAGER)
    rows = Employment.objects.of(company).select_related("person__site").prefetch_related("person__judgements")
    ordered = rows.order_by("person__name_key", "person")[:MAX_ROWS].iterator(chunk_size=2000)
    content = roster_sheet.workbook(ordered, today=timezone.localdate())
    headers = {"Content-Disposition": f'attachment; filename="roster-{timezone.localdate()}.xlsx"'}
    return HttpResponse(content, content_type=XLSX, headers=headers)


def person_create(request: UserRequest, pk: int) -> HttpResponse:
    """Add a person by hand."""
    company, member = companies.for_user(request.user, pk, role=MANAGER)
    data = request.POST if request.method == "POST" else None
    form, days = PersonForm(data, company=company, is_new=True), DaysForm(data)
    if form.is_valid() and days.is_valid():
        try:
            person = people.add(company=company, facts=form.facts(), **days.cleaned_data, now=timezone.now())
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{person.name} 已加到花名册。")
            return redirect("staffing:person_detail", pk=pk, person_pk=person.pk)
    context = {"company": company, "member": member, "form": form, "days": days}
    return render(request, "staffing/person_create.html", context)


@require_safe
def person_detail(request: UserRequest, pk: int, person_pk: int) -> HttpResponse:
    """Show one person: does he or she count today, why, and all that is kept."""
    company, member = companies.for_user(request.user, pk)
    return _person_page(request, company, member, _person(company, person_pk))


def _person(company: Company, pk: int) -> Person:
    found = Person.objects.of(company).judged_on(timezone.localdate())
    return get_object_or_404(found.select_related("company", "site"), pk=pk)


def _answer(company: Company, person: Person) -> PersonAnswer | None:
    try:
        answer = checks.check_company(company=company, as_of=timezone.localdate())
    except ratio.NoManagers:
        return None
    return next((one for one in answer.people if one.row.person_pk == person.pk), None)


def _person_page(
    request: UserRequest,
    company: Company,
    member: Member,
    person: Person,
    *,
    days: DaysForm | None = None,
    consent_form: ConsentInviteForm | None = None,
) -> HttpResponse:
    invitation = PersonInvitation.objects.filter(person=person).order_by("-pk").first()
    context = {
        "company": company,
        "member": member,
        "person": person,
        "answer": _answer(company, person),
        "employments": person.employments.order_by("joined_on")[:50],
        "judgements": person.judgements.order_by("since_on")[:50],
        "externals": person.external_certificates.order_by("-pk")[:20],
        "invitation": invitation,
        "is_waiting": bool(invitation and not invitation.closed_at and invitation.expires_at > timezone.now()),
        "days": days or DaysForm(person=person),
        "consent_form": consent_form or ConsentInviteForm(),
        "today": timezone.localdate(),
    }
    return render(request, "staffing/person_detail.html", context)


def person_edit(request: UserRequest, pk: int, person_pk: int) -> HttpResponse:
    """Change what is said of a person."""
    company, member = companies.for_user(request.user, pk, role=MANAGER)
    person = _person(company, person_pk)
    data = request.POST if request.method == "POST" else None
    form = PersonForm(data, company=company, initial=PersonForm.initial_of(person, timezone.localdate()))
    if form.is_valid():
        try:
            people.change(person=person, facts=form.facts(), now=timezone.now())
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "已修改。")
            return redirect("staffing:person_detail", pk=pk, person_pk=person_pk)
    return render(
        request, "staffing/person_edit.html", {"company": company, "member": member, "form": form, "person": person}
    )


@require_POST
def person_days(request: UserRequest, pk: int, person_pk: int) -> HttpResponse:
    """Correct a stretch of employment, or add one."""
    company, member = companies.for_user(request.user, pk, role=MANAGER)
    person = _person(company, person_pk)
    form = DaysForm(request.POST, person=person)
    if form.is_valid():
        try:
            people.set_days(person=person, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error("joined_on", str(refusal))
        else:
            messages.success(request, "在职日期已修改。")
            return redirect("staffing:person_detail", pk=pk, person_pk=person_pk)
    return _person_page(request, company, member, person, days=form)


@require_POST
def person_leave(request: UserRequest, pk: int, person_pk: int) -> HttpResponse:
    """Let a person leave today."""
    company, _ = companies.for_user(request.user, pk, role=MANAGER)
    person = _person(company, person_pk)
    try:
        left = people.leave(person=person, left_on=timezone.localdate())
        messages.success(request, f"{person.name} 于 {left.left_on} 离职，当天仍算在职。")
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("staffing:person_detail", pk=pk, person_pk=person_pk)


@require_POST
def person_delete(request: UserRequest, pk: int, person_pk: int) -> HttpResponse:
    """Delete a person from the roster."""
    company, _ = companies.for_user(request.user, pk, role=MANAGER)
    person = _person(company, person_pk)
    people.delete(person=person)
    messages.success(request, f"{person.name} 已从花名册删除。")
    return redirect("staffing:person_list", pk=pk)


def person_judge(request: UserRequest, pk: int, person_pk: int) -> HttpResponse:
    """Ask the three questions, advise, and keep what the company decides."""
    company, member = companies.for_user(request.user, pk, role=MANAGER)
    person = _person(company, person_pk)
    data = request.POST if request.method == "POST" else None
    form = GuideForm(data, initial={"since_on": timezone.localdate()})
    advice = form.advice() if form.is_valid() else None
    if advice and request.POST.get("keep") == "1":
        people.judge(
            person=person,
            is_manager=advice.is_manager,
            reason=advice.reason,
            since_on=form.cleaned_data["since_on"],
            now=timezone.now(),
        )
        messages.success(request, "已采用建议，依据随人保存。")
        return redirect("staffing:person_detail", pk=pk, person_pk=person_pk)
    context = {"company": company, "member": member, "person": person, "form": form, "advice": advice}
    return render(request, "staffing/person_judge.html", context)


@require_POST
def judgement_delete(request: UserRequest, pk: int, person_pk: int, judgement_pk: int) -> HttpResponse:
    """Take a dated judgement back."""
    company, _ = companies.for_user(request.user, pk, role=MANAGER)
    found = Judgement.objects.filter(person=_person(company, person_pk)).select_related("person__company")
    people.forget(judgement=get_object_or_404(found, pk=judgement_pk))
    messages.success(request, "这一条已删除，按前一条算。")
    return redirect("staffing:person_detail", pk=pk, person_pk=person_pk)


@require_POST
def consent_invite(request: UserRequest, pk: int, person_pk: int) -> HttpResponse:
    """Write to a person and ask for consent."""
    company, member = companies.for_user(request.user, pk, role=MANAGER)
    person = _person(company, person_pk)
    form = ConsentInviteForm(request.POST)
    if form.is_valid():
        try:
            links.invite(person=person, email=form.cleaned_data["email"], by=request.user, now=timezone.now())
        except DomainError as refusal:
            form.add_error("email", str(refusal))
        else:
            messages.success(request, "邀请邮件几分钟内发出，30 天内有效。")
            return redirect("staffing:person_detail", pk=pk, person_pk=person_pk)
    return _person_page(request, company, member, person, consent_form=form)
