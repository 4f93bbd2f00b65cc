"""A company's first page is its answer; registration, verification and groups."""

from datetime import date

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from certificates.staffing import checks, companies, ratio
from certificates.staffing.answers import CompanyAnswer, PersonAnswer
from certificates.staffing.company_forms import AsOfForm, CompanyForm, DomainForm, GroupForm
from certificates.staffing.models import Company, CompanyGroup, Member, Person, Site
from courses.models import CoursePage
from lms.errors import DomainError
from lms.http import UserRequest

COMPANIES_PER_PAGE = 20
PEOPLE_PER_PAGE = 50
SITES_SHOWN = 50
SHOWN_PEOPLE = {
    "certified": "有证书的",
    "counted": "已计入",
    "not_counted": "有证书未计入",
    "managers": "服务管理人员",
    "contested": "重叠",
}
OWNER, MANAGER = Member.Role.OWNER, Member.Role.MANAGER


@require_safe
def company_list(request: UserRequest) -> HttpResponse:
    """List the companies that this person belongs to, and their groups."""
    memberships = Member.objects.filter(user=request.user).exclude(company__status=Company.Status.REJECTED)
    page = Paginator(
        memberships.select_related("company__group").order_by("company__name", "company__pk"), COMPANIES_PER_PAGE
    ).get_page(request.GET.get("page"))
    context = {"page_obj": page, "groups": CompanyGroup.objects.of(request.user).order_by("name")[:20]}
    return render(request, "staffing/company_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def company_create(request: UserRequest) -> HttpResponse:
    """Register a company."""
    form = CompanyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            company = companies.register(**form.cleaned_data, by=request.user, now=timezone.now())
        except companies.CompanyRefused as refusal:
            for field, error in refusal.errors.items():
                form.add_error(field, error)
        except DomainError as refusal:
            form.add_error("uscc", str(refusal))
        else:
            messages.success(request, "企业已登记。下一步：导入花名册。")
            return redirect("staffing:company_detail", pk=company.pk)
    return render(request, "staffing/company_create.html", {"form": form})


@require_safe
def company_detail(request: UserRequest, pk: int) -> HttpResponse:
    """Answer for a company, or one of its sites, on a day: how many, who, until when, and what to do."""
    company, member = companies.for_user(request.user, pk)
    site_pk = request.GET.get("site", "")
    site = get_object_or_404(Site.objects.of(company), pk=site_pk) if _is_pk(site_pk) else None
    as_of, form = _as_of(request)
    context = _answer_context(request, as_of, site=site) if site else _answer_context(request, as_of, company=company)
    context |= {
        "company": company,
        "member": member,
        "site": site,
        "form": form,
        "people_count": Person.objects.of(company).employed_on(as_of).count(),
        "kept": f"as_of={as_of}&" + (f"site={site.pk}&" if site else ""),
    }
    return render(request, "staffing/company_detail.html", context)


@require_safe
def group_detail(request: UserRequest, pk: int) -> HttpResponse:
    """Answer for all companies of a group taken together, for who belongs to all of them."""
    group = get_object_or_404(CompanyGroup.objects.of(request.user), pk=pk)
    as_of, form = _as_of(request)
    context = _answer_context(request, as_of, group=group)
    context |= {
        "group": group,
        "form": form,
        "companies": Company.objects.filter(group=group).order_by("name")[:50],
        "people_count": Person.objects.filter(company__group=group).employed_on(as_of).count(),
        "kept": f"as_of={as_of}&",
    }
    return render(request, "staffing/group_detail.html", context)


def _is_pk(written: str) -> bool:
    return written.isdecimal() and len(written) <= 18


def _as_of(request: UserRequest) -> tuple[date, AsOfForm]:
    today = timezone.localdate()
    asked = {"as_of": request.GET["as_of"]} if request.GET.get("as_of") else {"as_of": today}
    form = AsOfForm(asked)
    return (form.cleaned_data["as_of"] or today if form.is_valid() else today), form


def _answer_context(request: UserRequest, as_of: date, **whose: object) -> dict[str, object]:
    """Return what the pages of an answer share; without service managers there is none."""
    course = CoursePage.objects.on_sale().order_by("pk").first()
    show = request.GET.get("show", "certified")
    context: dict[str, object] = {"as_of": as_of, "horizon_months": ratio.HORIZON_MONTHS, "course": course}
    try:
        answer = checks.check_company(as_of=as_of, **whose)  # type: ignore[arg-type]  # one of the three
    except ratio.NoManagers:
        return context | {"answer": None}
    sites = answer.sites()
    return context | {
        "answer": answer,
        "staffing": answer.staffing,
        "until": answer.staffing.breach.day if answer.staffing.breach else None,
        "page_obj": Paginator(_people(answer, show), PEOPLE_PER_PAGE).get_page(request.GET.get("page")),
        "show": show if show in SHOWN_PEOPLE else "certified",
        "filters": SHOWN_PEOPLE.items(),
        "uncounted": len(_people(answer, "not_counted")),
        "contested": len(_people(answer, "contested")),
        "sites": sites[:SITES_SHOWN],
        "site_count": len(sites),
        "cost_fen": answer.staffing.gap * course.price_fen if course else None,
    }


def _people(answer: CompanyAnswer, show: str) -> list[PersonAnswer]:
    if show == "managers":
        return [one for one in answer.people if one.is_manager]
    if show == "contested":
        return [one for one in answer.people if one.is_contested]
    if show == "counted":
        return [one for one in answer.people if one.is_counted]
    certified = [one for one in answer.people if one.certificate_number or one.has_external]
    return [one for one in certified if not one.is_counted] if show == "not_counted" else certified


def company_settings(request: UserRequest, pk: int) -> HttpResponse:
    """Show the state of verification, prove the mail domain, and put companies into a group."""
    company, member = companies.for_user(request.user, pk)
    return _settings_page(request, company, member)


def _settings_page(
    request: UserRequest,
    company: Company,
    member: Member,
    *,
    domain_form: DomainForm | None = None,
    group_form: GroupForm | None = None,
) -> HttpResponse:
    context = {
        "company": company,
        "member": member,
        "domain_form": domain_form or DomainForm(),
        "group_form": group_form or GroupForm(user=request.user, company=company),
        "may_group": Company.objects.owned_by(request.user).exclude(pk=company.pk).exists(),
        "sees_group": company.group and CompanyGroup.objects.of(request.user).filter(pk=company.group.pk).exists(),
    }
    return render(request, "staffing/company_settings.html", context)


@require_POST
def domain_send(request: UserRequest, pk: int) -> HttpResponse:
    """Write to a mailbox of the company's domain."""
    company, member = companies.for_user(request.user, pk, role=OWNER)
    form = DomainForm(request.POST)
    if form.is_valid():
        try:
            companies.send_domain_proof(company=company, email=form.cleaned_data["email"], now=timezone.now())
        except DomainError as refusal:
            form.add_error("email", str(refusal))
        else:
            messages.success(request, "核验邮件几分钟内发出，请打开邮件里的链接。链接 3 天内有效。")
            return redirect("staffing:company_settings", pk=pk)
    return _settings_page(request, company, member, domain_form=form)


def domain_prove(request: UserRequest, token: str) -> HttpResponse:
    """Record that an owner reads the mailbox, when he or she says so: mail scanners only look."""
    if request.method != "POST":
        return render(request, "staffing/domain_prove.html")
    try:
        company = companies.prove_domain(token=token, by=request.user, now=timezone.now())
    except companies.ProofInvalid as refusal:
        messages.error(request, str(refusal))
        return redirect("staffing:company_list")
    then = "企业已核验。" if company.is_verified else "工作人员会尽快完成核验。"
    messages.success(request, f"企业邮箱已核验。{then}")
    return redirect("staffing:company_settings", pk=company.pk)


@require_POST
def group_join(request: UserRequest, pk: int) -> HttpResponse:
    """Put this company into another one's group."""
    company, member = companies.for_user(request.user, pk, role=OWNER)
    form = GroupForm(request.POST, user=request.user, company=company)
    if form.is_valid():
        try:
            companies.join_group(company=company, **form.cleaned_data, by=request.user, now=timezone.now())
        except DomainError as refusal:
            form.add_error("other", str(refusal))
        else:
            messages.success(request, "已放进同一个集团。")
            return redirect("staffing:company_settings", pk=pk)
    return _settings_page(request, company, member, group_form=form)


@require_POST
def group_leave(request: UserRequest, pk: int) -> HttpResponse:
    """Take this company out of its group."""
    company, _ = companies.for_user(request.user, pk, role=OWNER)
    companies.leave_group(company=company)
    messages.success(request, "已移出集团。")
    return redirect("staffing:company_settings", pk=pk)
