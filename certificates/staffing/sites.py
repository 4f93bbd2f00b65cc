"""The tree of a company's places: add, change, delete. Source: docs/rules/companies.md, rule C5."""

from collections.abc import Iterable

from django.db import transaction

from certificates.staffing.models import Company, Site
from lms.errors import DomainError

MAX_DEPTH = 5
MAX_SITES = 5000
HQ_NAME = "总部"


class SiteNameTaken(DomainError):
    message = "已有同名的网点。请换一个名称，或在名称里加上城市。"


class SiteTooDeep(DomainError):
    message = f"网点最多 {MAX_DEPTH} 层。请选择更上面的上级。"


class SiteInCircle(DomainError):
    message = "不能把网点放到自己或自己的下级下面。请选择别的上级。"


class SiteInUse(DomainError):
    message = "这个网点还有人或下级，不能删除。请先把人和下级移到别处。"


class SecondHQ(DomainError):
    message = "总部只有一个，而且在最上面。请选择“分公司”或“网点”。"


class TooManySites(DomainError):
    message = f"一家企业最多 {MAX_SITES} 个网点。请合并同一地点的名称。"


@transaction.atomic
def add(*, company: Company, name: str, kind: str, parent: Site | None) -> Site:
    """Add a place. Raises: SiteNameTaken, SiteTooDeep, SecondHQ, TooManySites."""
    locked = Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    name = " ".join(name.split())
    _refuse(locked, name, kind, parent)
    if Site.objects.of(locked).count() >= MAX_SITES:
        raise TooManySites
    return Site.objects.create(company=locked, name=name, kind=Site.Kind(kind), parent=parent)


@transaction.atomic
def change(*, site: Site, name: str, kind: str, parent: Site | None) -> Site:
    """Rename or move a place. Raises: SiteNameTaken, SiteTooDeep, SiteInCircle, SecondHQ."""
    company = Company.objects.select_for_update(no_key=True).get(pk=site.company_id)
    locked = Site.objects.select_for_update().get(pk=site.pk)
    name = " ".join(name.split())
    _refuse(company, name, kind, parent, locked)
    locked.name, locked.kind, locked.parent = name, Site.Kind(kind), parent
    locked.save()
    return locked


@transaction.atomic
def delete(*, site: Site) -> None:
    """Delete an empty place. Raises: SiteInUse."""
    Company.objects.select_for_update(no_key=True).get(pk=site.company_id)
    locked = Site.objects.select_for_update().get(pk=site.pk)
    if locked.people.exists() or locked.children.exists():
        raise SiteInUse
    locked.delete()


def ensure(*, company: Company, names: Iterable[str]) -> dict[str, Site]:
    """
    Return the places of a company by name, and make outlets under the HQ of those that are missing.

    Runs inside a transaction that holds the company. Raises: TooManySites.
    """
    sites = {site.name: site for site in Site.objects.of(company)}
    missing = sorted(set(names) - sites.keys() - {""})
    if len(sites) + len(missing) > MAX_SITES:
        raise TooManySites
    if missing and HQ_NAME in missing and not _hq(sites.values()):
        missing.remove(HQ_NAME)
        sites[HQ_NAME] = Site.objects.create(company=company, name=HQ_NAME, kind=Site.Kind.HQ)
    root = _hq(sites.values())
    made = [Site(company=company, name=name, kind=Site.Kind.OUTLET, parent=root) for name in missing]
    return sites | {site.name: site for site in Site.objects.bulk_create(made)}


def _hq(sites: Iterable[Site]) -> Site | None:
    return next((site for site in sites if site.kind == Site.Kind.HQ), None)


def _refuse(company: Company, name: str, kind: str, parent: Site | None, own: Site | None = None) -> None:
    others = Site.objects.of(company).exclude(pk=own.pk if own else 0)
    if others.filter(name=name).exists():
        raise SiteNameTaken
    if kind == Site.Kind.HQ and (parent or others.filter(kind=Site.Kind.HQ).exists()):
        raise SecondHQ
    tree = dict(Site.objects.of(company).values_list("pk", "parent"))
    above = _ancestors(tree, parent.pk if parent else None)
    if own and own.pk in above:
        raise SiteInCircle
    if len(above) + (_height(tree, own.pk) if own else 1) > MAX_DEPTH:
        raise SiteTooDeep


def _ancestors(tree: dict[int, int | None], pk: int | None) -> list[int]:
    found: list[int] = []
    while pk is not None and pk not in found:
        found.append(pk)
        pk = tree.get(pk)
    return found


def _height(tree: dict[int, int | None], pk: int) -> int:
    """Count the layers of a place and what lies below it."""
    layers, layer = 0, {pk}
    while layer:
        layers += 1
        layer = {child for child, parent in tree.items() if parent in layer}
    return layers
