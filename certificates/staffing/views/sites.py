"""The tree of a company's places."""

from collections import defaultdict
from collections.abc import Iterator

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from certificates.staffing import companies, sites
from certificates.staffing.company_forms import SiteForm
from certificates.staffing.models import Company, Member, Site
from lms.errors import DomainError
from lms.http import UserRequest

MANAGER = Member.Role.MANAGER
SITES_PER_PAGE = 100


def site_list(request: UserRequest, pk: int) -> HttpResponse:
    """Show the tree, and add to it."""
    company, member = companies.for_user(request.user, pk, role=MANAGER if request.method == "POST" else "VIEWER")
    form = SiteForm(request.POST if request.method == "POST" else None, company=company)
    if request.method == "POST" and form.is_valid():
        try:
            sites.add(company=company, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, "网点已添加。")
            return redirect("staffing:site_list", pk=pk)
    page = Paginator(list(_tree(company)), SITES_PER_PAGE).get_page(request.GET.get("page"))
    context = {"company": company, "member": member, "form": form, "page_obj": page}
    return render(request, "staffing/site_list.html", context)


def _tree(company: Company) -> Iterator[tuple[int, Site]]:
    """Give each place with its depth, parents before their children."""
    children: defaultdict[int | None, list[Site]] = defaultdict(list)
    for site in Site.objects.of(company).annotate(people_count=Count("people")).order_by("name"):
        children[site.parent_id].append(site)
    waiting = [(0, site) for site in reversed(children[None])]
    while waiting:
        depth, site = waiting.pop()
        yield depth, site
        waiting += [(depth + 1, child) for child in reversed(children[site.pk])]


def site_edit(request: UserRequest, pk: int, site_pk: int) -> HttpResponse:
    """Rename or move a place."""
    company, member = companies.for_user(request.user, pk, role=MANAGER)
    site = get_object_or_404(Site.objects.of(company), pk=site_pk)
    initial = {"name": site.name, "kind": site.kind, "parent": site.parent_id}
    form = SiteForm(request.POST if request.method == "POST" else None, company=company, own=site, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            sites.change(site=site, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, "网点已修改。")
            return redirect("staffing:site_list", pk=pk)
    return render(
        request, "staffing/site_edit.html", {"company": company, "member": member, "form": form, "site": site}
    )


@require_POST
def site_delete(request: UserRequest, pk: int, site_pk: int) -> HttpResponse:
    """Delete an empty place."""
    company, _ = companies.for_user(request.user, pk, role=MANAGER)
    site = get_object_or_404(Site.objects.of(company), pk=site_pk)
    try:
        sites.delete(site=site)
        messages.success(request, "网点已删除。")
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("staffing:site_list", pk=pk)
