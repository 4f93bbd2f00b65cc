"""What machines read: the issuer's keys, the status lists, and the transparency log with its proofs."""

from datetime import timedelta
from http import HTTPStatus
from typing import TypeVar

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from certificates import credentials, keys, logbook, status_bits
from certificates.logbook import proofs
from certificates.models import LogEntry, LogState, TreeHead
from certificates.views.caching import same_for_all

HEADS_PER_PAGE = 20
HEADS_AT_ONCE = 1000
LEAVES_AT_ONCE = 1000
HEAD_SECONDS = 60
MAX_SIZE = 2**53  # what JSON's numbers hold
R = TypeVar("R", bound=HttpResponse)


@login_not_required
@require_safe
@same_for_all(seconds=300)
def did_document(request: HttpRequest) -> JsonResponse:
    """Serve did:web's document: the public keys of our digital credentials, old ones too."""
    return _json(credentials.did_document(now=timezone.now()), content_type="application/did+json")


@login_not_required
@require_safe
@same_for_all(seconds=300)
def issuer_profile(request: HttpRequest) -> JsonResponse:
    """Serve the issuer's Open Badges profile."""
    return _json(credentials.profile())


@login_not_required
@require_safe
@same_for_all(seconds=credentials.LIST_SECONDS)
def status_list(request: HttpRequest, number: int) -> HttpResponse:
    """Serve one signed Bitstring Status List."""
    if number >= status_bits.LISTS:
        raise Http404
    token = credentials.status_list_jwt(number=number, now=timezone.now())
    return _open(HttpResponse(token, content_type="application/vc+jwt"))


@login_not_required
@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """Explain the log, with its signed heads and its public keys."""
    heads = TreeHead.objects.order_by("-signed_at")
    state = LogState.objects.filter(pk=1).first()
    context = {
        "page_obj": Paginator(heads, HEADS_PER_PAGE).get_page(request.GET.get("page")),
        "size": state.size if state else 0,
        "keys": proofs.public_keys(),
        "origin": logbook.origin(),
        "is_demo": keys.is_demo(),
    }
    return render(request, "certificates/log.html", context)


@login_not_required
@require_safe
@same_for_all(seconds=10)
def tree_head(request: HttpRequest) -> HttpResponse:
    """Serve the newest signed head as text; one that is older than a minute and behind the tree is signed anew."""
    now, latest = timezone.now(), TreeHead.objects.order_by("-signed_at").first()
    state = LogState.objects.filter(pk=1).first()
    is_behind = latest is None or (state is not None and state.size > latest.size)
    if is_behind and (latest is None or now - latest.signed_at > timedelta(seconds=HEAD_SECONDS)):
        latest = logbook.sign_head(now=now)
    note = latest.note if latest else ""
    return _open(HttpResponse(note, content_type="text/plain; charset=utf-8"))


@login_not_required
@require_safe
def tree_heads(request: HttpRequest) -> JsonResponse:
    """Serve signed heads, oldest first, from `start` on, so that a monitor can follow."""
    start = _number(request, "start", default=0)
    rows = TreeHead.objects.order_by("signed_at")[start : start + HEADS_AT_ONCE]
    return _json({"keys": proofs.public_keys(), "heads": [proofs.head_of(row) for row in rows]})


@login_not_required
@require_safe
def consistency_proof(request: HttpRequest) -> JsonResponse:
    """Prove that the tree of size `to` begins with the tree of size `from`; both have to be signed sizes."""
    old, new = _number(request, "from"), _number(request, "to")
    try:
        path = logbook.consistency(old=old, new=new)
    except logbook.NoSuchProof as refusal:
        return _json({"message": str(refusal)}, status=HTTPStatus.NOT_FOUND)
    return _json({"from": old, "to": new, "path": path})


@login_not_required
@require_safe
def inclusion_proof(request: HttpRequest) -> JsonResponse:
    """Prove that the leaf with this hash (hex) is in the tree of a signed size."""
    size, leaf = _number(request, "size"), request.GET.get("leaf", "").lower()[:64]
    entry = LogEntry.objects.filter(leaf=leaf).exclude(position=None).first()
    try:
        index = entry.position if entry and entry.position is not None else -1
        path = logbook.inclusion(index=index, size=size)
    except logbook.NoSuchProof as refusal:
        return _json({"message": str(refusal)}, status=HTTPStatus.NOT_FOUND)
    return _json({"leaf": leaf, "index": index, "size": size, "path": path})


@login_not_required
@require_safe
def leaves(request: HttpRequest) -> JsonResponse:
    """Serve leaf hashes in order, so that anybody can rebuild the tree. Hashes of salted data give nothing away."""
    start = _number(request, "start", default=0)
    rows = LogEntry.objects.filter(position__gte=start, position__lt=start + LEAVES_AT_ONCE).order_by("position")
    return _json({"start": start, "leaves": list(rows.values_list("leaf", flat=True))})


def _number(request: HttpRequest, name: str, *, default: int = -1) -> int:
    """Read a whole number of the query; what is none, or is absurd, is the default."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 and int(text) < MAX_SIZE else default


def _json(value: object, status: int = HTTPStatus.OK, content_type: str = "application/json") -> JsonResponse:
    return _open(
        JsonResponse(value, status=status, content_type=content_type, json_dumps_params={"ensure_ascii": False})
    )


def _open(response: R) -> R:
    """Let pages of other sites read it: it is public and carries nobody's session."""
    response["Access-Control-Allow-Origin"] = "*"
    return response
