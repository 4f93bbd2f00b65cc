"""The page that 财务 opens in the morning: what waits, and the takings of each day, each figure a link to its rows."""

from datetime import timedelta
from io import BytesIO

import xlsxwriter
from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from payments import takings
from payments.takings import Day

DEFAULT = timedelta(days=29)
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")  # what the browser's own field understands


class PeriodForm(forms.Form):
    first = forms.DateField(label="从", widget=DAY)
    last = forms.DateField(label="到", widget=DAY)

    def clean(self) -> None:
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last and not timedelta(0) <= last - first <= takings.LONGEST:
            self.add_error(None, "结束日期要在开始日期之后，一次最多看一年。")


def finance(request: HttpRequest) -> HttpResponse:
    """Show, or export with `?export=xlsx`, the takings of a period; without one, of the last 30 days."""
    if not request.user.has_perm("payments.view_ledgerentry"):
        raise PermissionDenied
    today = timezone.localdate()
    period = {"first": today - DEFAULT, "last": today}
    form = PeriodForm(request.GET if "first" in request.GET else None, initial=period)
    if form.is_valid():
        period = form.cleaned_data
    days = takings.by_day(**period)
    if request.GET.get("export") == "xlsx":
        return _xlsx(days)
    total = Day(
        on=period["last"],
        count=sum(day.count for day in days),
        received_fen=sum(day.received_fen for day in days),
        refunded_fen=sum(day.refunded_fen for day in days),
        disputed_fen=sum(day.disputed_fen for day in days),
        share=100,
    )
    context = {
        "form": form,
        "period": period,
        "days": days,
        "total": total,
        "open": [(item, f"{reverse(item.url_name)}?{item.query}") for item in takings.open_figures()],
        "ledger_url": reverse("ledger:index"),
        "period_url": f"{reverse('ledger:index')}?at_from={period['first']}&at_to={period['last']}",
        "header_title": "收款与对账",
        "breadcrumbs_items": [
            {"url": reverse("wagtailadmin_home"), "label": "首页"},
            {"url": "", "label": "收款与对账"},
        ],
    }
    return render(request, "payments/admin/finance.html", context)


def _xlsx(days: list[Day]) -> HttpResponse:
    stream = BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet, yuan = book.add_worksheet("每日收款"), book.add_format({"num_format": "#,##0.00"})
        sheet.write_row(0, 0, ["日期", "笔数", "到账（元）", "退款（元）", "争议（元）", "净额（元）"])
        for row, day in enumerate(days, start=1):
            sheet.write(row, 0, day.on.isoformat())
            sheet.write(row, 1, day.count)
            amounts = (day.received_fen, day.refunded_fen, day.disputed_fen, day.net_fen)
            for column, fen in enumerate(amounts, start=2):
                sheet.write_number(row, column, fen / 100, yuan)
        sheet.set_column(0, 5, 14)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    headers = {"Content-Disposition": 'attachment; filename="takings.xlsx"'}
    return HttpResponse(stream.getvalue(), content_type=kind, headers=headers)
