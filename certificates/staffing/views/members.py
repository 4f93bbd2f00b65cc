"""The members of a company: see, invite, change, leave."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from certificates.staffing import companies, members
from certificates.staffing.company_forms import InviteForm, RoleForm
from certificates.staffing.models import Member, MemberInvitation
from lms.errors import DomainError
from lms.http import UserRequest

OWNER = Member.Role.OWNER
MEMBERS_PER_PAGE = 50


def member_list(request: UserRequest, pk: int) -> HttpResponse:
    """Show the members; owners invite more."""
    company, member = companies.for_user(request.user, pk, role=OWNER if request.method == "POST" else "VIEWER")
    form = InviteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            members.invite(company=company, **form.cleaned_data, by=request.user, now=timezone.now())
        except DomainError as refusal:
            form.add_error("email", str(refusal))
        else:
            messages.success(request, "邀请邮件几分钟内发出，14 天内有效。")
            return redirect("staffing:member_list", pk=pk)
    everybody = Member.objects.of(company).select_related("user").order_by("joined_at", "pk")
    invitations = MemberInvitation.objects.filter(company=company, closed_at=None, expires_at__gt=timezone.now())
    context = {
        "company": company,
        "member": member,
        "form": form,
        "page_obj": Paginator(everybody, MEMBERS_PER_PAGE).get_page(request.GET.get("page")),
        "invitations": invitations.order_by("-invited_at")[: members.MAX_MEMBERS] if member.is_owner else [],
        "roles": Member.Role.choices,
    }
    return render(request, "staffing/member_list.html", context)


@require_POST
def member_role(request: UserRequest, pk: int, member_pk: int) -> HttpResponse:
    """Give a member another role."""
    company, _ = companies.for_user(request.user, pk, role=OWNER)
    member = get_object_or_404(Member.objects.of(company), pk=member_pk)
    form = RoleForm(request.POST)
    if form.is_valid():
        try:
            members.change_role(member=member, role=form.cleaned_data["role"])
            messages.success(request, "角色已更改。")
        except DomainError as refusal:
            messages.error(request, str(refusal))
    else:
        messages.error(request, "请从列表里选择角色。")
    return redirect("staffing:member_list", pk=pk)


@require_POST
def member_remove(request: UserRequest, pk: int, member_pk: int) -> HttpResponse:
    """Take a member out; everybody may take out themselves."""
    company, mine = companies.for_user(request.user, pk)
    if member_pk != mine.pk:
        companies.for_user(request.user, pk, role=OWNER)
    member = get_object_or_404(Member.objects.of(company), pk=member_pk)
    try:
        members.remove(member=member)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("staffing:member_list", pk=pk)
    if member_pk == mine.pk:
        messages.success(request, f"你已退出 {company.name}。")
        return redirect("staffing:company_list")
    messages.success(request, "成员已移出。")
    return redirect("staffing:member_list", pk=pk)


@require_POST
def member_digest(request: UserRequest, pk: int) -> HttpResponse:
    """Say whether one wants the weekly summary."""
    _, mine = companies.for_user(request.user, pk)
    wants_digest = request.POST.get("wants") == "1"
    members.set_digest(member=mine, wants_digest=wants_digest)
    said = "以后每周一收到汇总邮件。" if wants_digest else "以后不再收到汇总邮件，不足预警仍会发送。"
    messages.success(request, said)
    return redirect("staffing:member_list", pk=pk)


@require_POST
def invitation_withdraw(request: UserRequest, pk: int, invitation_pk: int) -> HttpResponse:
    """Take an invitation back."""
    company, _ = companies.for_user(request.user, pk, role=OWNER)
    invitation = get_object_or_404(MemberInvitation, company=company, pk=invitation_pk)
    members.withdraw_invitation(invitation=invitation, now=timezone.now())
    messages.success(request, "邀请已收回，链接不再有效。")
    return redirect("staffing:member_list", pk=pk)


def member_accept(request: UserRequest, token: str) -> HttpResponse:
    """Accept an invitation to a company."""
    if request.method == "POST":
        try:
            joined = members.accept(token=token, by=request.user, now=timezone.now())
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return redirect("staffing:company_list")
        messages.success(request, "你已加入。")
        return redirect("staffing:company_detail", pk=joined.company_id)
    invitation = members.find(token=token, now=timezone.now())
    is_mine = invitation is not None and invitation.email == request.user.email.lower()
    return render(request, "staffing/member_accept.html", {"invitation": invitation, "is_mine": is_mine})
