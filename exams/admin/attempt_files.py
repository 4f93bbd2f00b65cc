"""答题存证 for staff: the candidate's files with devices, IPs and the people who acted."""

import csv

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from exams.attempts.evidence import evidence_of
from exams.attempts.evidence_files import document_of, file_name, table_of
from exams.attempts.record import devices_of, lines_of
from exams.models import Attempt
from lms.http import UserRequest

VIEW = "exams.view_attempt"


@never_cache
@require_GET
@permission_required(VIEW, raise_exception=True)
def evidence_csv(_request: UserRequest, pk: int) -> HttpResponse:
    """Every save as a table, with the device and IP that it came from."""
    attempt = get_object_or_404(Attempt.objects.select_related("exam"), pk=pk)
    evidence = evidence_of(attempt)
    name = file_name(evidence, "csv")
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8", headers=disposition)
    csv.writer(response).writerows(table_of(evidence, devices_of(attempt)))
    return response


@never_cache
@require_GET
@permission_required(VIEW, raise_exception=True)
def evidence_json(_request: UserRequest, pk: int) -> JsonResponse:
    """The whole record: saves, pages, events, extensions, messages, and the fingerprint."""
    attempt = get_object_or_404(Attempt.objects.select_related("exam"), pk=pk)
    evidence = evidence_of(attempt)
    name = file_name(evidence, "json")
    return JsonResponse(
        document_of(evidence, lines_of(attempt), devices_of(attempt)),
        json_dumps_params={"ensure_ascii": False, "indent": 1},
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
