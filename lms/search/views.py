"""The search page, and the same answer as JSON."""

from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from certificates.views.limits import asks_too_often
from lms.search.excerpts import Piece
from lms.search.finding import Kind, Search
from lms.search.segments import runs

QUERY_LENGTH = 60
RESULTS_A_PAGE = 10
SEARCHES_PER_MINUTE = 60  # from one network: rule Q11
NO_WORD = "请写一个要找的词：汉字、字母或数字都可以。"
TOO_OFTEN = f"搜索太频繁：同一网络每分钟最多 {SEARCHES_PER_MINUTE} 次。请一分钟后再试。"


@login_not_required
@require_safe
@never_cache
@vary_on_headers("Accept")
def search(request: HttpRequest) -> HttpResponse:
    """Answer ?q=, narrowed by ?kind=, ten results a ?page=. Source: docs/rules/search.md, rules Q8-Q11."""
    asked = " ".join(request.GET.get("q", "").replace("\0", " ").split())
    query = asked[:QUERY_LENGTH]
    kind = next((kind for kind in Kind if kind == request.GET.get("kind")), None)
    parts = runs(query)
    if parts and asks_too_often(request, kind="searches", per_minute=SEARCHES_PER_MINUTE):
        return _refuse(request, query)
    found = Search(query=query if parts else "", user=request.user, now=timezone.now(), kind=kind)
    page = Paginator(range(len(found)), RESULTS_A_PAGE).get_page(request.GET.get("page"))
    first = page.start_index() - 1
    results = found.results(range(max(first, 0), page.end_index()), request)
    if _wants_json(request):
        answers = [{"title": _text(r.title), "url": r.url, "excerpt": _text(r.excerpt)} for r in results]
        return _json({"query": query, "count": len(found), "pages": page.paginator.num_pages, "results": answers})
    context = {
        "query": query,
        "parts": parts,
        "message": NO_WORD if asked and not parts else "",
        "is_cut": len(asked) > QUERY_LENGTH,
        "kind": kind,
        "kinds": [(each, each.label, found.counts[each]) for each in Kind],
        "total": sum(found.counts.values()),
        "results": results,
        "page_obj": page,
        "parameters": _parameters(query, kind),
    }
    return render(request, "search/search.html", context)


def _refuse(request: HttpRequest, query: str) -> HttpResponse:
    if _wants_json(request):
        response: HttpResponse = _json({"error": TOO_OFTEN, "results": []}, HTTPStatus.TOO_MANY_REQUESTS)
    else:
        context = {"query": query, "message": TOO_OFTEN}
        response = render(request, "search/search.html", context, status=HTTPStatus.TOO_MANY_REQUESTS)
    response["Retry-After"] = "60"
    return response


def _parameters(query: str, kind: Kind | None) -> str:
    """The other parameters of a link to a page of results."""
    return urlencode({"q": query} | ({"kind": kind.value} if kind else {})) + "&"


def _text(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


def _wants_json(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def _json(answer: dict[str, object], status: int = HTTPStatus.OK) -> JsonResponse:
    return JsonResponse(answer, status=status, json_dumps_params={"ensure_ascii": False})
