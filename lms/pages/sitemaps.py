"""What search engines may list: Wagtail's pages, and the public pages that are no Wagtail pages."""

from django.contrib.sitemaps import Sitemap
from django.urls import reverse
from wagtail.contrib.sitemaps import Sitemap as PageSitemap

from courses.labs.shelf import LABS

NAMES = ("courses:glossary", "courses:lab_list", "staffing:calculator", "certificates:verify")


class PublicSitemap(Sitemap[str]):
    """Pages with an address of their own, by that address."""

    def items(self) -> list[str]:
        return [*map(reverse, NAMES), *(reverse("courses:lab_detail", args=[slug]) for slug in LABS)]

    def location(self, item: str) -> str:
        return item


SITEMAPS = {"pages": PageSitemap, "public": PublicSitemap}
