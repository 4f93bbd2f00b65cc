"""A company's readiness: overview, self-assessment, cycle, papers."""

from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from certificates.staffing import companies
from certificates.staffing.models import Assessment, CertificationCycle, Company, CorrectiveAction, Member, Site
from certificates.staffing.readiness import assessments, checklist, cycle, cycles, sampling
from certificates.staffing.readiness.answering import done
from certificates.staffing.readiness.forms import AssessmentForm, ChecklistForm, CycleForm, NextCycleForm
from lms.errors import DomainError
from lms.http import UserRequest

MANAGER = Member.Role.MANAGER
PER_PAGE = 20
ASSESSMENTS_SHOWN = 10
get_or_post = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def readiness(request: UserRequest, pk: int) -> HttpResponse:
    """Show how far a company is: score, next audit, papers, and what is to be put right."""
    company, member = companies.for_user(request.user, pk)
    today = timezone.localdate()
    row = cycles.current(company=company)
    mine, own = CorrectiveAction.objects.of(company), Assessment.objects.of(company)
    outlets = Site.objects.of(company).filter(kind=Site.Kind.OUTLET).count()
    context = {
        "company": company,
        "member": member,
        "today": today,
        "assessments": own.defer("result").order_by("-started_at", "-pk")[:ASSESSMENTS_SHOWN],
        "has_open": own.filter(status=Assessment.Status.OPEN).exists(),
        "cycle": row,
        "coming": [(cycles.NAMES[due.event], due) for due in _coming(row, today)][:2],
        "ready": company.checklist_marks.filter(is_ready=True, code__in=checklist.ALL).count(),
        "papers": len(checklist.ALL),
        "open_actions": mine.open().count(),
        "late_actions": mine.open().filter(due_date__lt=today).count(),
        "outlets": outlets,
        "sample": sampling.sample(outlets),
    }
    return render(request, "staffing/readiness.html", context)


def _coming(row: CertificationCycle | None, today: date) -> list[cycle.Due]:
    due = cycles.calendar_of(row) if row else ()
    return [one for one in due if one.done_on is None and (one.latest or one.day) >= today]


@require_POST
def readiness_assessment_start(request: UserRequest, pk: int) -> HttpResponse:
    """Begin a self-assessment."""
    company, _ = companies.for_user(request.user, pk, role=MANAGER)
    try:
        made = assessments.start(company=company, by=request.user, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("staffing:readiness", pk=pk)
    return redirect("staffing:readiness_assessment", pk=pk, assessment_pk=made.pk)


@get_or_post
def readiness_assessment(request: UserRequest, pk: int, assessment_pk: int) -> HttpResponse:
    """Show a self-assessment; while it is open, managers write into it."""
    role = MANAGER if request.method == "POST" else Member.Role.VIEWER
    company, member = companies.for_user(request.user, pk, role=role)
    row = get_object_or_404(Assessment.objects.of(company).select_related("company", "final_by"), pk=assessment_pk)
    context: dict[str, object] = {"company": company, "member": member, "assessment": row}
    if not row.is_open:
        return render(request, "staffing/readiness_final.html", context)
    stands = assessments.standing(assessment=row)
    initial = {"as_of": row.as_of_date, "bonus_reason": row.bonus_reason}
    form = AssessmentForm(request.POST if request.method == "POST" else None, standing=stands, initial=initial)
    if form.is_valid() and _record(request, row, form):
        return redirect("staffing:readiness_assessment", pk=pk, assessment_pk=row.pk)
    context |= {"form": form, "standing": stands, "level": Assessment.Level}
    return render(request, "staffing/readiness_assessment.html", context)


def _record(request: UserRequest, row: Assessment, form: AssessmentForm) -> bool:
    """Write the form down; and make the assessment final if that was asked. False: the form says why not."""
    try:
        assessments.record(
            assessment=row,
            as_of=form.cleaned_data["as_of"],
            findings=form.findings(),
            sections=form.sections(),
            specials=form.specials(),
            bonus_reason=form.cleaned_data["bonus_reason"],
        )
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return False
    if "finish" not in request.POST:
        messages.success(request, "已保存。")
        return True
    try:
        assessments.finish(assessment=row, by=request.user, now=timezone.now())
    except DomainError as refusal:
        messages.warning(request, f"已保存。{refusal}")
    else:
        messages.success(request, "自评已经定稿，以后不会再变。")
    return True


@get_or_post
def readiness_cycle(request: UserRequest, pk: int) -> HttpResponse:
    """Show the three years, and take the days down."""
    role = MANAGER if request.method == "POST" else Member.Role.VIEWER
    company, member = companies.for_user(request.user, pk, role=role)
    row = cycles.current(company=company)
    form = CycleForm(request.POST if request.method == "POST" else None, instance=row)
    if form.is_valid() and done(form, cycles.record, company=company, now=timezone.now(), **form.cleaned_data):
        messages.success(request, "日期已保存，日程已更新。")
        return redirect("staffing:readiness_cycle", pk=pk)
    return _cycle_page(request, company, member, form, NextCycleForm())


@require_POST
def readiness_cycle_next(request: UserRequest, pk: int) -> HttpResponse:
    """Begin the cycle of a renewed certificate."""
    company, member = companies.for_user(request.user, pk, role=MANAGER)
    form = NextCycleForm(request.POST)
    if form.is_valid() and done(
        form, cycles.begin_next, company=company, now=timezone.now(), certified_date=form.cleaned_data["certified_on"]
    ):
        messages.success(request, "新的周期已经开始，上一个周期已留存。")
        return redirect("staffing:readiness_cycle", pk=pk)
    return _cycle_page(request, company, member, CycleForm(instance=cycles.current(company=company)), form)


def _cycle_page(
    request: UserRequest, company: Company, member: Member, form: CycleForm, next_form: NextCycleForm
) -> HttpResponse:
    row = cycles.current(company=company)
    context = {
        "company": company,
        "member": member,
        "form": form,
        "next_form": next_form,
        "cycle": row,
        "today": timezone.localdate(),
        "calendar": [(cycles.NAMES[due.event], due) for due in cycles.calendar_of(row)] if row else [],
        "past": company.cycles.exclude(ended_at=None).order_by("-ended_at")[:PER_PAGE],
    }
    return render(request, "staffing/readiness_cycle.html", context)


@get_or_post
def readiness_checklist(request: UserRequest, pk: int) -> HttpResponse:
    """Show conditions and papers, and what of them is ready."""
    role = MANAGER if request.method == "POST" else Member.Role.VIEWER
    company, member = companies.for_user(request.user, pk, role=role)
    form = ChecklistForm(request.POST if request.method == "POST" else None, company=company)
    if form.is_valid():
        checklist.mark(company=company, marks=form.marks(), by=request.user, now=timezone.now())
        messages.success(request, "已保存。")
        return redirect("staffing:readiness_checklist", pk=pk)
    context = {"company": company, "member": member, "form": form}
    return render(request, "staffing/readiness_checklist.html", context)
