"""The buyer's pages of company seats: how they are used, who gets one, the link, one seat."""

from urllib.parse import urlencode

import segno
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, When
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from courses import seat_entry, seat_usage, seats
from courses.forms import LinkForm, NamingForm, SwapForm
from courses.models import Seat, SeatBatch, SeatLink
from courses.models.seats import SeatQuerySet
from courses.seat_sheet import usage_workbook
from courses.seats import refusals
from lms.errors import DomainError
from lms.http import UserRequest

SEATS_A_PAGE = 50
BATCHES_A_PAGE = 10
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def seat_list(request: UserRequest) -> HttpResponse:
    """All seats of this buyer: figures, the batches, and a list that can be narrowed."""
    batches = SeatBatch.objects.of(request.user).select_related("course").order_by("-made_at", "-pk")
    every = seat_usage.with_progress(Seat.objects.of(request.user))
    seat_entry.look(request)
    page = Paginator(_narrowed(request, every), SEATS_A_PAGE).get_page(request.GET.get("page"))
    batch_page = Paginator(batches, BATCHES_A_PAGE).get_page(request.GET.get("batches"))
    wanted = {name: request.GET.get(name, "") for name in ("batch", "state", "q")}
    figures = seat_usage.figures(_of_batch(request, every))
    context = {
        "figures": figures,
        "total": sum(figure.count for figure in figures),
        "batch_page": batch_page,
        "chosen": batches.filter(pk__in=_batch_keys(request)).first(),
        "page_obj": page,
        "rows": seat_usage.rows(page),
        "wanted": wanted,
        "query": urlencode({name: value for name, value in wanted.items() if value}),
    }
    return render(request, "courses/seat_list.html", context)


@never_cache
@require_safe
def seat_export(request: UserRequest) -> HttpResponse:
    """The same list as a workbook."""
    found = _narrowed(request, seat_usage.with_progress(Seat.objects.of(request.user)))
    today = f"{timezone.localdate():%Y-%m-%d}"
    content = usage_workbook(seat_usage.rows(found.iterator(chunk_size=1_000)))
    return HttpResponse(
        content, content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="seats-{today}.xlsx"'}
    )


def seat_batch(request: UserRequest, pk: int) -> HttpResponse:
    """One purchase: name people for its free seats, and its invitation link."""
    found = SeatBatch.objects.of(request.user).select_related("course", "holder")
    batch = get_object_or_404(found, pk=pk)
    form = NamingForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        people = [person for _, person in form.cleaned_data["people"]]
        try:
            seats.name_people(batch=batch, people=people, by=request.user, now=timezone.now())
        except refusals.PeopleRefused as refusal:
            form.refuse(refusal.errors)
        except DomainError as refusal:
            form.add_error("people", str(refusal))
        else:
            messages.success(request, f"已指定 {len(people)} 人，邀请邮件几分钟内发出。")
            return redirect("courses:seat_batch", pk=pk)
    return _batch_page(request, batch, form, LinkForm(initial=_link_initial(batch)))


@require_POST
def seat_link_open(request: UserRequest, pk: int) -> HttpResponse:
    batch = get_object_or_404(SeatBatch.objects.of(request.user).select_related("course"), pk=pk)
    form = LinkForm(request.POST)
    if form.is_valid():
        try:
            seats.open_link(batch=batch, **form.cleaned_data, by=request.user, now=timezone.now())
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("courses:seat_batch", pk=pk)
    return _batch_page(request, batch, NamingForm(), form)


@require_POST
def seat_link_withdraw(request: UserRequest, pk: int) -> HttpResponse:
    batch = get_object_or_404(SeatBatch.objects.of(request.user), pk=pk)
    link = get_object_or_404(SeatLink, batch=batch, withdrawn_at=None)
    try:
        seats.withdraw_link(link=link, by=request.user, now=timezone.now())
        messages.success(request, "邀请链接已收回，没有人能再凭它加入。已经加入的不受影响。")
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("courses:seat_batch", pk=pk)


def seat_detail(request: UserRequest, pk: int) -> HttpResponse:
    """One seat: who has it, what happened to it, and giving it to somebody else."""
    mine = Seat.objects.of(request.user).select_related("batch__course")
    seat = get_object_or_404(seat_usage.with_progress(mine.filter(pk=pk)))
    form = SwapForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            seats.swap(seat=seat, person=form.person(), by=request.user, now=timezone.now())
        except refusals.PeopleRefused as refusal:
            form.add_error("email", "；".join(refusal.errors.values()))
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "已换人。原来的人不能再用这个席位，新的邀请邮件几分钟内发出。")
            return redirect("courses:seat_detail", pk=pk)
    context = {
        "seat": seat,
        "state": seat_usage.label_of(seat),
        "events": seat.events.select_related("actor").order_by("-pk")[:50],
        "form": form,
    }
    return render(request, "courses/seat_detail.html", context)


@require_POST
def seat_release(request: UserRequest, pk: int) -> HttpResponse:
    seat = get_object_or_404(Seat.objects.of(request.user), pk=pk)
    try:
        seats.release(seat=seat, by=request.user, now=timezone.now())
        messages.success(request, "席位已收回，可以重新指定。")
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("courses:seat_detail", pk=pk)


@require_POST
def seat_invite(request: UserRequest, pk: int) -> HttpResponse:
    seat = get_object_or_404(Seat.objects.of(request.user), pk=pk)
    try:
        seats.invite_again(seat=seat, by=request.user, now=timezone.now())
        messages.success(request, "邀请邮件几分钟内再次发出，旧邮件里的链接已失效。")
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("courses:seat_detail", pk=pk)


def _batch_page(request: UserRequest, batch: SeatBatch, form: NamingForm, link_form: LinkForm) -> HttpResponse:
    link = batch.links.filter(withdrawn_at=None).select_related("opened_by").first()
    link_url = seats.address(link) if link else ""
    every = seat_usage.with_progress(Seat.objects.filter(batch=batch))
    context = {
        "batch": batch,
        "figures": seat_usage.figures(every),
        "list_base": f"{reverse('courses:seat_list')}?batch={batch.pk}&",
        "free": batch.seats.free().count(),
        "form": form,
        "link": link,
        "link_over": link is not None and link.valid_until < timezone.localdate(),
        "link_url": link_url,
        "link_qr": _qr_code(link_url) if link else "",
        "link_form": link_form,
    }
    return render(request, "courses/seat_batch.html", context)


def _link_initial(batch: SeatBatch) -> dict[str, object]:
    free = batch.seats.free()
    return {
        "places": free.count(),
        "valid_until": free.order_by("expires_on").values_list("expires_on", flat=True).first(),
    }


def _qr_code(url: str) -> SafeString:
    """Draw a QR code with the quiet zone that the standard asks for."""
    return mark_safe(segno.make(url, error="m", micro=False).svg_inline(border=4, omitsize=True, dark="#1d2733"))  # noqa: S308  # our own drawing


def _batch_keys(request: UserRequest) -> list[int]:
    asked = request.GET.get("batch", "")
    return [int(asked)] if asked.isascii() and asked.isdigit() and len(asked) <= 18 else []


def _of_batch(request: UserRequest, found: SeatQuerySet) -> SeatQuerySet:
    keys = _batch_keys(request)
    return found.filter(batch__in=keys) if keys else found


def _narrowed(request: UserRequest, found: SeatQuerySet) -> SeatQuerySet:
    name, text = request.GET.get("state", ""), request.GET.get("q", "").replace("\x00", "").strip()[:100]
    found = seat_usage.narrow(_of_batch(request, found), name=name, text=text)
    people_first = Case(When(state=Seat.State.FREE, then=1), default=0)
    return found.select_related("batch__course").order_by("-batch__made_at", "-batch", people_first, "place")
