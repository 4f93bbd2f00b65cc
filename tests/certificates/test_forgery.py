"""The table of docs/forgery.md, row by row: what each page says to each forgery."""

import io
import re
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pypdf import PdfReader, PdfWriter

from certificates import credentials, documents, inspection, lifecycle, logbook, numbering
from certificates.inspection import Verdict
from certificates.models import Certificate, LogEntry, StatusChange
from tests.factories.certificates import make_certificate, make_exam

pytestmark = pytest.mark.django_db
CHECK, VERIFY = "/certificates/check/", "/certificates/verify/"
JSON = {"Accept": "application/json"}


@pytest.fixture
def certificate(now) -> Certificate:
    return make_certificate(now=now)


@pytest.fixture
def original(certificate, now) -> bytes:
    return documents.signed_pdf(certificate=certificate, now=now)


def drop(content: bytes, name: str = "file.pdf") -> dict:
    """Give a file to the page as a stranger, and read the answer."""
    return Client().post(CHECK, {"file": SimpleUploadedFile(name, content)}, headers=JSON).json()


def look_up(certificate: Certificate, name: str = "张三丰") -> dict:
    return Client().get(VERIFY, {"number": certificate.number, "name": name}, headers=JSON).json()


def rewritten(pdf: bytes, **metadata: str) -> bytes:
    """Open in an editor and save: new bytes, the same look."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    writer.add_metadata({f"/{key}": value for key, value in metadata.items()})
    saved = io.BytesIO()
    writer.write(saved)
    return saved.getvalue()


def test_the_original(certificate, original):
    answer = drop(original)

    assert (answer["verdict"], answer["status"], answer["number"]) == ("OURS", "VALID", certificate.number)
    assert answer["message"] == "文件是本机构签发的原件，没有改动。证书有效。"
    assert answer["name_masked"] == "张*丰"


def test_an_edited_pdf(original):
    edited = original.replace(b"/Reason", b"/Neason", 1)
    appended = original + b"\n% more\n"

    for forged in (edited, appended):
        answer = drop(forged)
        assert (answer["verdict"], answer["number"]) == ("EDITED", None)
        assert "签名之后被改动过" in answer["message"]


def test_an_edited_pdf_saved_by_an_editor_that_drops_the_signature(original):
    answer = drop(rewritten(original, Title="别人的证书"))

    assert answer["verdict"] in ("EDITED", "NOT_OURS")
    assert answer["status"] is None


def test_a_retyped_pdf_with_a_real_qr_code(certificate):
    """The forger sets the page anew, with our number and our QR code, and another name."""
    from certificates import rendering

    certificate.holder_name = "李四"
    answer = drop(rendering.print_pdf(certificate))

    assert (answer["verdict"], answer["number"]) == ("NOT_OURS", None)
    assert "没有本机构的签名" in answer["message"]
    assert look_up(certificate, name="李四")["found"] is False


def test_a_pdf_signed_by_somebody_else(certificate, settings, tmp_path):
    from certificates import keys, rendering, signing

    store = tmp_path / "forger.p12"
    store.write_bytes(keys.demo_store())
    settings.CERTIFICATE_PKCS12, settings.CERTIFICATE_PKCS12_PASSWORD = str(store), keys.DEMO_PASSWORD.decode()

    assert drop(signing.sign_as_issuer(rendering.print_pdf(certificate)))["verdict"] == "NOT_OURS"


def test_a_file_of_our_key_that_the_register_does_not_know(certificate, original):
    """Our key was used past the register: the signature is right, and that is not enough."""
    from certificates import rendering, signing

    certificate.holder_name = "李四"
    answer = drop(signing.sign_as_issuer(rendering.print_pdf(certificate)))

    assert (answer["verdict"], answer["number"]) == ("UNREGISTERED", None)


def test_there_is_no_photo_to_swap(original):
    """Certificates bear no photo; the one picture is the QR code, drawn as vectors."""
    found = subprocess.run(["pdfimages", "-list", "-"], input=original, capture_output=True, check=True).stdout

    assert len(found.splitlines()) == 2


def test_revoked_but_valid_looking(certificate, original, now, tmp_path):
    lifecycle.revoke(
        certificate=certificate, reason="替考", person=None, now=now, why=StatusChange.ReasonClass.MISCONDUCT
    )
    file = tmp_path / "old.pdf"
    file.write_bytes(original)
    said = subprocess.run(["pdfsig", str(file)], capture_output=True, text=True, check=False).stdout

    answer = drop(original)

    assert "Signature is Valid." in said
    assert (answer["verdict"], answer["status"], answer["status_reason"]) == ("OURS", "REVOKED", "考试违纪")
    assert answer["message"].endswith("证书已被撤销，不再有效。")
    assert "替考" not in str(answer)


def test_a_guessed_number_learns_nothing(certificate, django_assert_num_queries):
    guess = numbering.draw(year=2026)
    while guess == certificate.number:
        guess = numbering.draw(year=2026)
    client = Client()

    def ask(number: str) -> dict:
        with django_assert_num_queries(1):
            return client.get(VERIFY, {"number": number, "name": "李四"}, headers=JSON).json()

    assert ask(guess) == ask(certificate.number)


def test_a_back_dated_row_in_the_database(now):
    exam = make_exam()
    real = make_certificate(exam=exam, now=now)
    logbook.sequence(now=now)
    logbook.sign_head(now=now)
    kept = {field.attname: getattr(real, field.attname) for field in Certificate._meta.concrete_fields}
    then = now - timedelta(days=30)
    number = numbering.draw(year=2026)
    forged = Certificate.objects.create(
        **kept
        | {
            "id": None,
            "origin": "CORRECTION",
            "predecessor_id": real.pk,
            "number": number,
            "status_bit": 0,
            "issued_at": then,
        }
    )

    assert look_up(forged)["status"] == "UNCONFIRMED"
    assert look_up(forged)["log"] == "MISSING"

    change = StatusChange.objects.create(
        certificate=forged, to_status="VALID", reason="考试合格", reason_class="PASSED", changed_at=then
    )
    logbook.record(change=change)
    logbook.sequence(now=now)
    answer = look_up(forged)
    assert (answer["status_label"], answer["log"]) == ("存疑", "BACKDATED")
    assert "不应采信" in answer["message"]
    assert look_up(real)["status"] == "VALID"


def test_a_fact_changed_in_the_database(certificate):
    Certificate.objects.update(points_centi=100_00)

    assert look_up(certificate)["log"] == "ALTERED"


def test_a_leaf_changed_in_the_database(certificate):
    LogEntry.objects.update(data="{}")

    assert look_up(certificate)["status"] == "UNCONFIRMED"


def test_a_replayed_credential(certificate, now):
    """Another person presents it, or its holder after the end: the page names the state and asks who stands there."""
    token = credentials.credential_jwt(certificate=certificate, now=now).encode()
    answer = drop(token, "badge.jwt")
    assert (answer["verdict"], answer["status"], answer["name_masked"]) == ("CREDENTIAL", "VALID", "张*丰")
    assert "请核对出示人就是凭证上的人" in answer["message"]

    lifecycle.withdraw(certificate=certificate, reason="本人要求", person=None, now=now)
    assert drop(token)["status"] == "WITHDRAWN"
    assert drop(token[:-8] + b"AAAAAAAA")["verdict"] == "NOT_OURS"


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        (b"", "UNREADABLE"),
        (b"%PDF-1.7\nnothing", "UNREADABLE"),
        (b"\x00" * 5000, "UNREADABLE"),
        ("eyJ不是".encode(), "UNREADABLE"),
        (b"x" * (inspection.MAX_BYTES + 1), "TOO_BIG"),
    ],
)
def test_hostile_files_are_refused_in_words(content, verdict):
    answer = drop(content)

    assert (answer["verdict"], answer["number"]) == (verdict, None)
    assert answer["message"]


def test_encrypted_and_long_files_are_refused(original):
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(original)))
    writer.encrypt("secret")
    locked = io.BytesIO()
    writer.write(locked)
    assert drop(locked.getvalue())["verdict"] == "ENCRYPTED"

    writer = PdfWriter()
    for _ in range(4):
        writer.add_blank_page(100, 100)
    long = io.BytesIO()
    writer.write(long)
    assert drop(long.getvalue())["verdict"] == "TOO_MUCH"


def test_a_file_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(inspection, "WALL_SECONDS", 0.01)

    assert inspection.inspect(b"%PDF-1.7").verdict == Verdict.TOO_MUCH


def test_a_decompression_bomb_costs_only_its_own_process():
    """400 MB of nothing in an object stream of 400 KB."""
    import zlib

    packed = zlib.compress(b"\x00" * 400 * 1024 * 1024, 9)
    stream = b"1 0 obj\n<</Type/XRef/Size 10/W[1 2 1]/Root 2 0 R/Length %d/Filter/FlateDecode>>\nstream\n" % len(packed)
    bomb = b"%PDF-1.7\n" + stream + packed + b"\nendstream\nendobj\nstartxref\n9\n%%EOF\n"

    assert len(bomb) < inspection.MAX_BYTES
    assert inspection.inspect(bomb).verdict in (Verdict.UNREADABLE, Verdict.TOO_MUCH)


def test_files_are_limited_by_network(monkeypatch):
    monkeypatch.setattr("certificates.views.public.FILES_PER_MINUTE", 1)
    drop(b"x")
    answer = Client().post(CHECK, {"file": SimpleUploadedFile("a.pdf", b"x")})

    assert answer.status_code == 429
    assert answer["Retry-After"] == "60"
    assert "核对文件太频繁" in answer.content.decode()


def test_page_without_a_file_asks_for_one(client):
    assert "核对证书文件" in client.get(CHECK).content.decode()
    answer = client.post(CHECK)
    assert answer.status_code == 400
    assert "请选择一个文件" in answer.content.decode()


def test_every_row_of_the_document_has_its_test():
    root = Path(__file__).resolve().parents[2]
    named = re.findall(r"`(test_\w+)`", (root / "docs" / "forgery.md").read_text())

    assert len(named) >= 10
    assert [name for name in named if name not in globals()] == []
