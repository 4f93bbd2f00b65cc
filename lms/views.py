"""Pages that combine apps."""

from django.http import HttpResponse
from django.shortcuts import render

from lms.http import UserRequest


def learn(request: UserRequest) -> HttpResponse:
    """学习中心."""
    return render(request, "lms/learn.html")
