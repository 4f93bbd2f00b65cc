"""The training desk of a company."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from certificates.staffing import companies, desk
from certificates.staffing.company_forms import AssignForm, DueForm
from certificates.staffing.models import Company, Member, Person, Training
from courses.models import SeatBatch
from courses.seats import refusals
from lms.errors import DomainError
from lms.http import UserRequest

MANAGER = Member.Role.MANAGER
TRAININGS_PER_PAGE = 50
CANDIDATES = 100


@require_safe
def training_list(request: UserRequest, pk: int) -> HttpResponse:
    """Who is in training and how far, and who might be next."""
    company, member = companies.for_user(request.user, pk)
    return _desk(request, company, member, DueForm(company=company))


def _desk(request: UserRequest, company: Company, member: Member, due_form: DueForm) -> HttpResponse:
    now = timezone.now()
    every = Training.objects.of(company).select_related("person__site").order_by("-assigned_at", "-pk")
    page = Paginator(every, TRAININGS_PER_PAGE).get_page(request.GET.get("page"))
    certified = Person.objects.of(company).filter(certificates__ended_at=None, certificates__isnull=False)
    today = timezone.localdate(now)
    waiting = Person.objects.of(company).employed_on(today).managers_on(today).filter(trainings=None)
    candidates = waiting.exclude(pk__in=certified.values("pk"))
    context = {
        "company": company,
        "member": member,
        "page_obj": page,
        "lines": desk.progress(page, now=now),
        "candidates": candidates.select_related("site").order_by("name_key", "pk")[:CANDIDATES],
        "has_seats": SeatBatch.objects.of_company(request.user, company.uscc).exists(),
        "due_form": due_form,
        "ticked": request.POST.getlist("trainings"),
    }
    return render(request, "staffing/training_list.html", context)


def training_create(request: UserRequest, pk: int, person_pk: int) -> HttpResponse:
    """Give a person a seat."""
    company, member = companies.for_user(request.user, pk, role=MANAGER)
    person = get_object_or_404(Person.objects.of(company), pk=person_pk)
    form = AssignForm(request.POST if request.method == "POST" else None, user=request.user, company=company)
    if request.method == "POST" and form.is_valid():
        try:
            desk.assign(person=person, **form.cleaned_data, by=request.user, now=timezone.now())
        except refusals.PeopleRefused as refusal:
            form.add_error("email", "；".join(refusal.errors.values()))
        except desk.DueInThePast as refusal:
            form.add_error("due_on", str(refusal))
        except DomainError as refusal:
            form.add_error("batch", str(refusal))
        else:
            messages.success(request, f"已给 {person.name} 分配席位，邀请邮件几分钟内发出。")
            return redirect("staffing:training_list", pk=pk)
    context = {
        "company": company,
        "member": member,
        "person": person,
        "form": form,
        "has_seats": SeatBatch.objects.of_company(request.user, company.uscc).exists(),
    }
    return render(request, "staffing/training_create.html", context)


@require_POST
def training_due(request: UserRequest, pk: int) -> HttpResponse:
    """Set the day by which some people's certificates are wanted."""
    company, member = companies.for_user(request.user, pk, role=MANAGER)
    form = DueForm(request.POST, company=company)
    if form.is_valid():
        try:
            count = desk.set_due(**form.cleaned_data, now=timezone.now())
        except desk.DueInThePast as refusal:
            form.add_error("due_on", str(refusal))
        else:
            messages.success(request, f"已修改 {count} 人的希望取证日期。")
            return redirect("staffing:training_list", pk=pk)
    return _desk(request, company, member, form)


@require_POST
def training_nudge(request: UserRequest, pk: int, training_pk: int) -> HttpResponse:
    """Remind somebody."""
    company, _ = companies.for_user(request.user, pk, role=MANAGER)
    training = get_object_or_404(Training.objects.of(company).select_related("person"), pk=training_pk)
    try:
        desk.nudge(training=training, by=request.user, now=timezone.now())
        messages.success(request, f"提醒邮件几分钟内发给 {training.person.name}。")
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("staffing:training_list", pk=pk)
