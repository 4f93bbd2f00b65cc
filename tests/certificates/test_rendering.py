import subprocess
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from certificates import lifecycle, rendering, wording
from certificates.models import Certificate
from tests.factories.certificates import make_certificate

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
LONG_NAME = "阿卜杜热合曼·麦麦提伊敏·阿布都热依木"


def run(tool: str, *arguments: str, pdf: bytes) -> str:
    """Show a PDF to one of poppler's tools."""
    return subprocess.run([tool, *arguments], input=pdf, capture_output=True, check=True).stdout.decode()


def text_of(pdf: bytes) -> str:
    return "".join(unicodedata.normalize("NFKC", run("pdftotext", "-layout", "-", "-", pdf=pdf)).split())


def pages_of(pdf: bytes) -> str:
    return next(line.split()[-1] for line in run("pdfinfo", "-", pdf=pdf).splitlines() if line.startswith("Pages"))


@pytest.mark.parametrize("name", ["张三丰", "张丰", LONG_NAME, "㛃𬱖䶮"])
def test_pdf_holds_every_fact(name, now):
    certificate = make_certificate(real_name=name, now=now)

    text = text_of(rendering.print_pdf(certificate))

    printed = {key: value for key, value in rendering.facts_of(certificate).items() if key != "verify_url"}
    missing = {
        key: value
        for key, value in printed.items()
        if "".join(unicodedata.normalize("NFKC", value).split()) not in text
    }
    assert missing == {}
    assert {"2026-11-22", "2029-11-21", certificate.number, name, certificate.holder_id_masked} <= set(printed.values())


def test_pdf_is_one_a4_landscape_page_with_all_fonts_embedded(now):
    pdf = rendering.print_pdf(make_certificate(now=now))

    info, fonts = run("pdfinfo", "-", pdf=pdf), run("pdffonts", "-", pdf=pdf).splitlines()[2:]

    assert pages_of(pdf) == "1"
    assert "841.89 x 595.276 pts (A4)" in info
    assert len(fonts) == 2
    assert all("Noto" in line and line.split()[-5:-2] == ["yes", "yes", "yes"] for line in fonts)
    assert b"<pdfaid:part>3</pdfaid:part>" in pdf or b'pdfaid:part="3"' in pdf


def test_pdf_says_nothing_banned(now):
    text = run("pdftotext", "-layout", "-", "-", pdf=rendering.print_pdf(make_certificate(now=now)))

    assert wording.find_banned(text) == []


def test_same_facts_same_bytes_in_every_thread(now):
    certificate = make_certificate(now=now)

    with ThreadPoolExecutor(4) as pool:
        printed = list(pool.map(lambda _: rendering.print_pdf(certificate), range(8)))

    assert len(set(printed)) == 1


def test_the_longest_texts_stay_on_one_page(now):
    certificate = make_certificate(now=now)
    certificate.holder_name = "龘" * 50
    certificate.course_title, certificate.exam_title, certificate.issuer = "课" * 255, "考" * 100, "某" * 100

    pdf = rendering.print_pdf(certificate)

    assert pages_of(pdf) == "1"
    assert text_of(pdf).count("课") >= 255


def test_the_qr_code_leads_to_the_look_up_of_this_number(now, settings):
    settings.SITE_URL = "https://school.example"
    certificate = make_certificate(now=now)

    facts = rendering.facts_of(certificate)

    assert facts["verify_url"] == f"https://school.example/certificates/verify/{certificate.number}/"
    assert certificate.holder_name not in facts["verify_url"]


@pytest.mark.parametrize(
    ("verb", "word"), [(lifecycle.suspend, "暂停"), (lifecycle.revoke, "撤销"), (lifecycle.withdraw, "注销")]
)
def test_what_is_not_in_force_is_not_printed(verb, word, alice, now):
    certificate = verb(certificate=make_certificate(now=now), reason="原因", person=alice, now=now)

    with pytest.raises(rendering.NotInForce, match=word):
        rendering.refuse_out_of_force(certificate=certificate, today=TODAY)


def test_what_has_run_out_is_not_printed(now):
    with pytest.raises(rendering.NotInForce, match="已过期"):
        rendering.refuse_out_of_force(certificate=make_certificate(now=now), today=date(2029, 11, 22))


def test_a_character_without_glyph_is_refused_and_never_an_empty_box(now):
    certificate: Certificate = make_certificate(real_name="张𪚥", now=now)

    with pytest.raises(rendering.CharacterMissing, match="字库"):
        rendering.print_pdf(certificate)
