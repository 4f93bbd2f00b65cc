"""Evidence packs: a company's own pages, and the public page of a link."""

from http import HTTPStatus

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import Count, Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from certificates.staffing import companies
from certificates.staffing.evidence import links, packs, printing, sheets
from certificates.staffing.evidence.forms import LinkForm, PackForm
from certificates.staffing.models import EvidenceLink, EvidencePack, EvidenceVisit, Member
from certificates.views.limits import asks_too_often
from lms.errors import DomainError
from lms.http import UserRequest

PACKS_PER_PAGE = 20
PEOPLE_PER_PAGE = 50
VISITS_SHOWN = 50
LINKS_SHOWN = 40
OPENINGS_PER_MINUTE = 30
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
What = EvidenceVisit.What
FORMATS = {"pdf": What.PDF, "xlsx": What.XLSX, "csv": What.CSV}


@require_safe
def evidence_list(request: UserRequest, pk: int) -> HttpResponse:
    """List a company's packs, newest first."""
    company, member = companies.for_user(request.user, pk)
    rows = EvidencePack.objects.of(company).without_rows().annotate(link_count=Count("links"))
    page = Paginator(rows.order_by("-made_at", "-pk"), PACKS_PER_PAGE).get_page(request.GET.get("page"))
    context = {"company": company, "member": member, "page_obj": page, "form": PackForm()}
    return render(request, "staffing/evidence_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def evidence_create(request: UserRequest, pk: int) -> HttpResponse:
    """Freeze the answer for a day and sign it."""
    company, member = companies.for_user(request.user, pk, role=Member.Role.MANAGER)
    form = PackForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            pack = packs.freeze(
                company=company, as_of=form.cleaned_data["as_of_date"], by=request.user, now=timezone.now()
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "清单已经生成并签名，以后不会再变。")
            return redirect("staffing:evidence_detail", pk=company.pk, pack_pk=pack.pk)
    context = {"company": company, "member": member, "form": form}
    return render(request, "staffing/evidence_create.html", context)


@require_safe
def evidence_detail(request: UserRequest, pk: int, pack_pk: int) -> HttpResponse:
    """Show one pack with its people, its links and who opened them."""
    company, member = companies.for_user(request.user, pk)
    pack = get_object_or_404(EvidencePack.objects.of(company).select_related("made_by"), pk=pack_pk)
    return _detail(request, pack, member, LinkForm())


@require_POST
def evidence_share(request: UserRequest, pk: int, pack_pk: int) -> HttpResponse:
    """Make a link to a pack."""
    company, member = companies.for_user(request.user, pk, role=Member.Role.MANAGER)
    pack = get_object_or_404(EvidencePack.objects.of(company), pk=pack_pk)
    form = LinkForm(request.POST)
    if form.is_valid():
        try:
            links.share(pack=pack, by=request.user, now=timezone.now(), **form.cleaned_data)
        except links.TooManyLinks as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "链接已建立，复制下面的地址发给对方。")
            return redirect("staffing:evidence_detail", pk=company.pk, pack_pk=pack.pk)
    return _detail(request, pack, member, form, status=HTTPStatus.BAD_REQUEST)


@require_POST
def evidence_revoke(request: UserRequest, pk: int, link_pk: int) -> HttpResponse:
    """End a link at once."""
    company, _ = companies.for_user(request.user, pk, role=Member.Role.MANAGER)
    link = get_object_or_404(EvidenceLink.objects.of(company), pk=link_pk)
    links.revoke(link=link, by=request.user, now=timezone.now())
    messages.success(request, "链接已收回，再打开只会看到已失效。")
    return redirect("staffing:evidence_detail", pk=company.pk, pack_pk=link.pack_id)


@require_safe
def evidence_file(request: UserRequest, pk: int, pack_pk: int, kind: str) -> HttpResponse:
    """Send a pack to a member of the company, as PDF, Excel or CSV."""
    company, _ = companies.for_user(request.user, pk)
    return _file(get_object_or_404(EvidencePack.objects.of(company), pk=pack_pk), kind)


@login_not_required
@require_safe
@never_cache
def evidence_shared(request: HttpRequest, token: str) -> HttpResponse:
    """Show a pack to whoever has its link, beside the state of this moment."""
    link = _opened(request, token, What.PAGE)
    if not isinstance(link, EvidenceLink):
        return link
    now = links.live(pack=link.pack, today=timezone.localdate())
    page = Paginator(now.people, PEOPLE_PER_PAGE).get_page(request.GET.get("page"))
    context = {"link": link, "pack": link.pack, "live": now, "page_obj": page, "notice": printing.NOTICE}
    return _unlisted(render(request, "staffing/evidence_shared.html", context))


@login_not_required
@require_safe
@never_cache
def evidence_shared_file(request: HttpRequest, token: str, kind: str) -> HttpResponse:
    """Send a pack to whoever has its link."""
    if kind not in FORMATS:
        raise Http404
    link = _opened(request, token, FORMATS[kind])
    return _unlisted(_file(link.pack, kind) if isinstance(link, EvidenceLink) else link)


def _opened(request: HttpRequest, token: str, what: EvidenceVisit.What) -> EvidenceLink | HttpResponse:
    """Return the link that a token opens, having recorded the visit, or the page that says why not."""
    if asks_too_often(request, kind="evidence", per_minute=OPENINGS_PER_MINUTE):
        return render(request, "429.html", status=HTTPStatus.TOO_MANY_REQUESTS)
    link = EvidenceLink.objects.select_related("pack__company").filter(token=token).first()
    if link:
        try:
            links.visit(
                link=link,
                what=what,
                address=get_adapter().get_client_ip(request),
                user_agent=request.headers.get("User-Agent", ""),
                now=timezone.now(),
            )
        except links.LinkEnded:
            link = None
    # A link that has ended looks like one that never was: a guess learns nothing.
    return link or _unlisted(render(request, "staffing/evidence_shared.html", status=HTTPStatus.NOT_FOUND))


def _unlisted(response: HttpResponse) -> HttpResponse:
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _file(pack: EvidencePack, kind: str) -> HttpResponse:
    match kind:
        case "pdf":
            content, content_type = packs.signed_pdf(pack), "application/pdf"
        case "xlsx":
            content, content_type = sheets.workbook(pack), XLSX
        case "csv":
            content, content_type = sheets.csv_text(pack), "text/csv; charset=utf-8"
        case _:
            raise Http404
    response = HttpResponse(content, content_type=content_type)
    filename = f"{printing.TITLE}-{pack.reference}.{kind}"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=filename) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response


def _detail(
    request: UserRequest, pack: EvidencePack, member: Member, form: LinkForm, status: int = HTTPStatus.OK
) -> HttpResponse:
    now = timezone.now()
    visits = Prefetch("visits", EvidenceVisit.objects.order_by("-visited_at", "-pk")[:VISITS_SHOWN], to_attr="latest")
    rows = pack.links.annotate(visit_count=Count("visits")).prefetch_related(visits).order_by("-made_at", "-pk")
    shown = [
        (link, link.is_open(now), request.build_absolute_uri(reverse("staffing:evidence_shared", args=[link.token])))
        for link in rows[:LINKS_SHOWN]
    ]
    context = {
        "company": pack.company,
        "member": member,
        "pack": pack,
        "links": shown,
        "link_total": rows.count(),
        "form": form,
        "sentences": printing.sentences(pack),
        "page_obj": Paginator(pack.rows, PEOPLE_PER_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "staffing/evidence_detail.html", context, status=status)
