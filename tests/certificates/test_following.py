"""Whatever tells a certificate's state follows each change within a minute. docs/rules/certificates.md, N7 and N31."""

import base64
import gzip
import re
from urllib.parse import urlsplit

import jwt
import pytest
from django.conf import settings
from django.test import Client

from certificates import credentials, lifecycle, logbook, sharing
from certificates.models import LogEntry
from certificates.staffing import register as coverage
from tests.factories.certificates import make_certificate

pytestmark = pytest.mark.django_db
MINUTE = 60


def answers(certificate, link) -> tuple[str, str, str, bool, bool]:
    """Ask look-up, shared page, badge, status list and coverage; return what each says about the state."""
    client = Client()
    asked = {"number": certificate.number, "name": certificate.holder_name}
    found = client.get("/certificates/verify/", asked, headers={"Accept": "application/json"})
    shared = client.get(f"/certificates/shared/{link.token}/")
    badge = client.get(f"/certificates/badge/{link.token}.svg")
    entry = credentials.credential(certificate)["credentialStatus"]
    listed = client.get(urlsplit(entry["statusListCredential"]).path)
    for answer in (found, shared, badge, listed):
        assert int((re.findall(r"max-age=(\d+)", answer["Cache-Control"]) or ["0"])[0]) <= MINUTE
    said = jwt.decode(listed.content.decode(), options={"verify_signature": False})["credentialSubject"]
    packed = said["encodedList"][1:]
    bits = gzip.decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    index = int(entry["statusListIndex"])
    drawn = re.search(r"(有效|暂停|撤销|注销)</text>", badge.content.decode())
    return (
        found.json()["status"],
        next(state for state in ("暂停", "撤销", "注销", "有效") if f"{state}（" in shared.content.decode()),
        drawn[1] if drawn else "",
        bool(bits[index // 8] & 0x80 >> index % 8),
        coverage.by_number({certificate.number})[certificate.number].facts.is_in_force,
    )


def test_look_up_link_badge_status_list_and_coverage_follow_each_change(now):
    certificate = make_certificate(now=now)
    link = sharing.share(certificate=certificate, now=now)
    expected = {
        "VALID": ("VALID", "有效", "有效", False, True),
        "SUSPENDED": ("SUSPENDED", "暂停", "暂停", True, False),
        "REVOKED": ("REVOKED", "撤销", "撤销", True, False),
    }
    assert answers(certificate, link) == expected["VALID"]

    for verb in (lifecycle.suspend, lifecycle.restore, lifecycle.suspend, lifecycle.revoke):
        certificate = verb(certificate=certificate, reason="原因", person=None, now=now)
        assert answers(certificate, link) == expected[certificate.status]

    logbook.sequence(now=now)
    assert not LogEntry.objects.waiting().exists()


def test_the_sweeps_that_follow_run_more_than_once_a_minute():
    schedule = settings.CELERY_BEAT_SCHEDULE

    assert all(schedule[name]["schedule"] < MINUTE for name in ("sequence-certificate-log", "issue-due-certificates"))
    assert credentials.LIST_SECONDS < MINUTE
