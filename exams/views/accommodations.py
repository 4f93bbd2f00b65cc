"""便利安排, as the candidate sees it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from exams import accommodations
from exams.forms import AccommodationForm
from exams.models import Accommodation
from lms.http import UserRequest

ROWS_SHOWN = 20


@require_http_methods(["GET", "POST"])
def accommodation_request(request: UserRequest) -> HttpResponse:
    """What is approved for this person, what was asked before, and a form to ask."""
    form = AccommodationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            accommodations.request(candidate=request.user, reason=reason, now=timezone.now())
        except accommodations.AlreadyRequested as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "申请已提交。审核有结果时会发邮件通知你，也可以随时回来看。")
        return redirect("exams:accommodation_request")
    own = Accommodation.objects.of(request.user)
    context = {
        "form": form,
        "rows": own.order_by("-requested_at", "-pk")[:ROWS_SHOWN],
        "standing": own.standing(timezone.localdate()).first(),
        "is_waiting": own.filter(status=Accommodation.Status.REQUESTED).exists(),
    }
    status = 422 if form.errors else 200
    return render(request, "exams/accommodation_request.html", context, status=status)
