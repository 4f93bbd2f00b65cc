"""Corrective actions: list, one with its files, and the files."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from certificates.staffing import companies
from certificates.staffing.models import ActionFile, CorrectiveAction, Member
from certificates.staffing.readiness import actions
from certificates.staffing.readiness.answering import done
from certificates.staffing.readiness.forms import ActionForm, AssignForm, FileForm, OutcomeForm
from lms.errors import DomainError
from lms.http import UserRequest

MANAGER = Member.Role.MANAGER
PER_PAGE = 20
CONTENT_TYPES = {"pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg"}
get_or_post = require_http_methods(["GET", "HEAD", "POST"])


@get_or_post
def readiness_action_list(request: UserRequest, pk: int) -> HttpResponse:
    """List corrective actions, open ones first by their day; managers note new ones."""
    role = MANAGER if request.method == "POST" else Member.Role.VIEWER
    company, member = companies.for_user(request.user, pk, role=role)
    form = ActionForm(request.POST if request.method == "POST" else None, company=company)
    if form.is_valid():
        filled = form.cleaned_data
        if done(
            form,
            actions.propose,
            company=company,
            problem=filled["problem"],
            code=filled["code"],
            owner=filled["owner"].user,
            due=filled["due"],
            by=request.user,
            now=timezone.now(),
        ):
            messages.success(request, "整改项已记下。")
            return redirect("staffing:readiness_action_list", pk=pk)
    rows = CorrectiveAction.objects.of(company).select_related("owner").annotate(file_count=Count("files"))
    page = Paginator(rows.order_by("-status", "due_date", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    context = {"company": company, "member": member, "form": form, "page_obj": page, "today": timezone.localdate()}
    return render(request, "staffing/readiness_action_list.html", context)


@get_or_post
def readiness_action(request: UserRequest, pk: int, action_pk: int) -> HttpResponse:
    """Show one corrective action; those who may act on it finish, reopen, reassign it or add a file."""
    company, member = companies.for_user(request.user, pk)
    row = get_object_or_404(CorrectiveAction.objects.of(company).select_related("owner", "done_by"), pk=action_pk)
    may_act = actions.may_finish(action=row, member=member)
    asked = request.POST.get("do", "") if request.method == "POST" else ""
    if request.method == "POST" and not may_act:
        raise PermissionDenied
    outcome = OutcomeForm(request.POST if asked == "finish" else None, initial={"outcome": row.outcome})
    file = FileForm(request.POST if asked == "attach" else None, request.FILES if asked == "attach" else None)
    owner = Member.objects.of(company).filter(user=row.owner_id).first()
    assign = AssignForm(
        request.POST if asked == "assign" and member.may_manage else None,
        company=company,
        initial={"owner": owner, "due": row.due_date},
    )
    if _acted(request, row, asked, outcome=outcome, file=file, assign=assign):
        return redirect("staffing:readiness_action", pk=pk, action_pk=row.pk)
    context = {
        "company": company,
        "member": member,
        "action": row,
        "may_act": may_act,
        "outcome": outcome,
        "file": file,
        "assign": assign,
        "files": row.files.select_related("added_by"),
        "today": timezone.localdate(),
    }
    return render(request, "staffing/readiness_action.html", context)


def _acted(
    request: UserRequest, row: CorrectiveAction, asked: str, *, outcome: OutcomeForm, file: FileForm, assign: AssignForm
) -> bool:
    """Do what one of the page's forms asks. False: nothing was asked, or its form says why not."""
    now = timezone.now()
    match asked:
        case "finish" if outcome.is_valid():
            return done(outcome, actions.finish, action=row, by=request.user, now=now, **outcome.cleaned_data)
        case "reopen":
            try:
                actions.reopen(action=row)
            except actions.NotDone as refusal:
                messages.error(request, str(refusal))
            return True
        case "attach" if file.is_valid():
            upload = file.cleaned_data["file"]
            title, content = upload.name or "", upload.read()
            return done(file, actions.attach, action=row, title=title, content=content, by=request.user, now=now)
        case "assign" if assign.is_valid():
            filled = assign.cleaned_data
            return done(assign, actions.assign, action=row, owner=filled["owner"].user, due=filled["due"])
    return False


@require_safe
def readiness_file(request: UserRequest, pk: int, file_pk: int) -> HttpResponseBase:
    """Send a file to the company's members, as a download only."""
    company, _ = companies.for_user(request.user, pk)
    file = get_object_or_404(ActionFile.objects.filter(action__company=company), pk=file_pk)
    kind = file.file.rpartition(".")[2]
    try:
        opened = default_storage.open(file.file, "rb")
    except FileNotFoundError as error:
        raise Http404 from error
    title = file.title if file.title.lower().endswith(f".{kind}") else f"{file.title}.{kind}"
    content_type = CONTENT_TYPES.get(kind, "application/octet-stream")
    return FileResponse(opened, as_attachment=True, filename=title, content_type=content_type)


@require_POST
def readiness_file_delete(request: UserRequest, pk: int, file_pk: int) -> HttpResponse:
    """Take a file of an open action away."""
    company, member = companies.for_user(request.user, pk)
    file = get_object_or_404(ActionFile.objects.filter(action__company=company).select_related("action"), pk=file_pk)
    if not actions.may_finish(action=file.action, member=member):
        raise PermissionDenied
    try:
        actions.detach(file=file)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("staffing:readiness_action", pk=pk, action_pk=file.action_id)
