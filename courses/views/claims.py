"""An invited person sees what is offered, and accepts it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from courses import seats
from courses.forms import ClaimForm
from courses.models import Seat
from lms.errors import DomainError
from lms.users.models import User


@never_cache
@login_not_required
def seat_claim(request: HttpRequest, token: str) -> HttpResponse:
    """Show an invitation to whoever has its link; to accept it one logs in first and comes back here."""
    now = timezone.now()
    found = seats.find(token)
    if found is None:
        return render(request, "courses/seat_claim.html", {"invitation": None}, status=404)
    learner = request.user if isinstance(request.user, User) else None
    if request.method == "POST" and learner is None:
        return redirect_to_login(request.path)
    mine = Seat.objects.filter(batch=found.batch, learner=learner, ended_at=None).exists() if learner else False
    form = ClaimForm(request.POST if request.method == "POST" else None)
    if learner and request.method == "POST" and (mine or form.is_valid()):
        try:
            seats.claim(token=token, learner=learner, now=now)
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return redirect("courses:seat_claim", token=token)
        messages.success(request, f"已加入：{found.batch.course.title}。现在就可以开始学习。")
        return redirect("learn")
    context = {
        "invitation": found,
        "batch": found.batch,
        "learner": learner,
        "is_mine": mine,
        "refusal": None if mine else seats.objection(invitation=found, learner=learner, now=now),
        "form": form,
    }
    return render(request, "courses/seat_claim.html", context)
