"""Coupons and grants: made here through verbs, stopped and taken back by the buttons of their pages."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.widgets import HeaderButton

from courses.models import CoursePage
from lms.errors import DomainError
from lms.users.models import User
from payments import coupons, grants
from payments.admin.decisions import DeedsInspectView
from payments.admin.tables import IndexView, MoneyColumn, ReadOnlyViewSet
from payments.models import Coupon, Grant

USES = Count("orders", filter=Q(orders__status__in=["PENDING", "PAID", "REFUNDED"]))


class CouponForm(forms.ModelForm):  # type: ignore[type-arg]  # takes no parameter at run time
    """One coupon with a code of one's own, or a batch with random codes."""

    code = forms.CharField(
        label="优惠码", max_length=20, required=False, help_text="只建一个时可以自己写；批量时留空。"
    )
    count = forms.IntegerField(label="建立几个", min_value=1, max_value=coupons.LARGEST_BATCH, initial=1)
    value = forms.DecimalField(
        label="面额", min_value=0, max_digits=9, decimal_places=2, help_text="百分比写 1–100；固定金额写元。"
    )

    class Meta:
        model = Coupon
        fields = [
            "name",
            "code",
            "count",
            "kind",
            "value",
            "course",
            "only_email",
            "only_domain",
            "max_uses",
            "max_uses_each",
            "valid_from",
            "valid_until",
        ]

    def clean_code(self) -> str:
        code = coupons.normal(self.cleaned_data["code"])
        if code and Coupon.objects.filter(code=code).exists():
            raise forms.ValidationError("已经有这个优惠码，请换一个。")
        return code

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        value, kind = data.get("value"), data.get("kind")
        if value is not None and kind:
            data["value"] = int(value) if kind == Coupon.Kind.PERCENT else int(value * 100)
            if not 1 <= data["value"] <= (100 if kind == Coupon.Kind.PERCENT else 2**31 - 1):
                self.add_error("value", "百分比要在 1 到 100 之间；固定金额要大于 0。")
        if data.get("code") and data.get("count", 1) > 1:
            self.add_error("code", "批量建立时请留空，系统会生成。")
        return data


class GrantForm(forms.Form):
    email = forms.EmailField(label="学员邮箱", help_text="对方要先用这个邮箱注册账号。")
    course = forms.ModelChoiceField(CoursePage.objects.none(), label="课程")
    reason = forms.CharField(label="理由", max_length=200, help_text="以后查账的人要看得懂。")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["course"].queryset = CoursePage.objects.on_sale().order_by("title")  # type: ignore[attr-defined]  # a ModelChoiceField

    def clean_email(self) -> User:
        learner = User.objects.filter(email=self.cleaned_data["email"].lower(), is_active=True).first()
        if learner is None:
            raise forms.ValidationError("没有使用这个邮箱的账号，或账号已停用。请核对邮箱，或请对方先注册。")
        return learner


def coupon_create(request: HttpRequest) -> HttpResponse:
    user = _allowed(request, "payments.add_coupon")
    now = timezone.now()
    form = CouponForm(request.POST if request.method == "POST" else None, initial={"valid_from": now})
    if form.is_valid():
        fields = {name: value for name, value in form.cleaned_data.items() if name not in ("code", "count")}
        if form.cleaned_data["code"]:
            coupons.create(code=form.cleaned_data["code"], by=user, fields=fields, now=now)
            return redirect("coupon:index")
        made = coupons.create_batch(count=form.cleaned_data["count"], by=user, fields=fields, now=now)
        return redirect(f"{reverse('coupon:index')}?q={made[0].batch or made[0].code}")
    return _page(request, form, "建立优惠码", "coupon:index")


def grant_create(request: HttpRequest) -> HttpResponse:
    user = _allowed(request, "payments.add_grant")
    form = GrantForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        data = form.cleaned_data
        try:
            grants.give(
                learner=data["email"], course=data["course"], reason=data["reason"], by=user, now=timezone.now()
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("grant:index")
    return _page(request, form, "赠与课程", "grant:index")


def _allowed(request: HttpRequest, permission: str) -> User:
    if not isinstance(request.user, User) or not request.user.has_perm(permission):
        raise PermissionDenied
    return request.user


def _page(request: HttpRequest, form: forms.BaseForm, title: str, index: str) -> HttpResponse:
    context = {
        "form": form,
        "header_title": title,
        "index_url": reverse(index),
        "breadcrumbs_items": [{"url": reverse(index), "label": "返回列表"}, {"url": "", "label": title}],
    }
    return render(request, "payments/admin/create.html", context)


class CouponIndexView(IndexView):
    related = ("course",)

    def get_base_queryset(self) -> QuerySet[Coupon]:
        return super().get_base_queryset().annotate(uses=USES)

    @property
    def header_buttons(self) -> list[HeaderButton]:
        if not self.request.user.has_perm("payments.add_coupon"):
            return []
        return [HeaderButton("建立优惠码", url=reverse("coupon:coupon_create"), icon_name="plus")]


class CouponViewSet(ReadOnlyViewSet):
    model = Coupon
    name = "coupon"
    menu_label = "优惠码"
    icon = "tag"
    index_view_class = CouponIndexView
    inspect_view_class = DeedsInspectView
    ordering = ["-created_at", "code"]
    list_display = [
        TitleColumn("code", label="优惠码", url_name="coupon:inspect", sort_key="code"),
        "name",
        Column("worth", label="优惠", accessor=lambda coupon: worth(coupon)),
        Column("uses", label="已用"),
        "max_uses",
        "valid_until",
        "stopped_at",
        "batch",
    ]
    list_export = ["code", "name", "batch", "kind", "value", "only_email", "only_domain", "uses", "max_uses"]
    list_export += ["valid_from", "valid_until", "stopped_at", "stopped_reason"]
    list_filter = ["kind", "course"]
    search_fields = ["code", "name", "batch", "only_email", "only_domain"]
    inspect_view_fields = [
        "code",
        "name",
        "batch",
        "kind",
        "value",
        "course",
        "only_email",
        "only_domain",
        "max_uses",
        "max_uses_each",
        "valid_from",
        "valid_until",
        "created_by",
        "created_at",
        "stopped_by",
        "stopped_at",
        "stopped_reason",
    ]

    def get_urlpatterns(self) -> list[URLPattern]:
        return [path("create/", coupon_create, name="coupon_create"), *super().get_urlpatterns()]


def worth(coupon: Coupon) -> str:
    return f"{coupon.value}%" if coupon.kind == Coupon.Kind.PERCENT else f"¥{coupon.value / 100:.2f}"


class GrantIndexView(IndexView):
    related = ("learner", "course", "granted_by")

    @property
    def header_buttons(self) -> list[HeaderButton]:
        if not self.request.user.has_perm("payments.add_grant"):
            return []
        return [HeaderButton("赠与课程", url=reverse("grant:grant_create"), icon_name="plus")]


class GrantViewSet(ReadOnlyViewSet):
    model = Grant
    name = "grant"
    menu_label = "赠与"
    icon = "pick"
    index_view_class = GrantIndexView
    inspect_view_class = DeedsInspectView
    ordering = ["-granted_at", "-pk"]
    list_display = [
        TitleColumn("learner", label="学员", url_name="grant:inspect"),
        Column("course", label="课程", accessor="course.title"),
        MoneyColumn("value_fen", label="当日课价", sort_key="value_fen"),
        "reason",
        "granted_by",
        "granted_at",
        "revoked_at",
    ]
    list_export = ["learner.email", "course.title", "value_fen", "reason", "granted_by", "granted_at"]
    list_export += ["revoked_at", "revoked_reason"]
    list_filter = ["course"]
    search_fields = ["learner__email", "learner__name", "reason"]
    inspect_view_fields = [
        "learner",
        "course",
        "value_fen",
        "reason",
        "granted_by",
        "granted_at",
        "revoked_by",
        "revoked_at",
        "revoked_reason",
    ]

    def get_urlpatterns(self) -> list[URLPattern]:
        return [path("create/", grant_create, name="grant_create"), *super().get_urlpatterns()]
