"""Versions of the certificate's design. docs/rules/certificates.md, rules N35 and N36."""

import io
import subprocess
import unicodedata
from dataclasses import replace

import pytest
from PIL import Image

from certificates import issuing, logbook, places, rendering, samples, templates
from certificates.models import Certificate, CertificateTemplate
from certificates.places import PARTS, Box
from certificates.templates import Block, Design, Picture
from tests.certificates.test_admin import staff
from tests.factories.certificates import make_certificate, make_exam

pytestmark = pytest.mark.django_db
BASE = "/cms/certificate-templates/"


@pytest.fixture(autouse=True)
def _no_second_factor(settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "StaffTwoFactor" not in name]


def png(colour: str = "red", size: int = 40, kind: str = "PNG") -> bytes:
    """Draw a square."""
    drawn = io.BytesIO()
    Image.new("RGB", (size, size), colour).save(drawn, kind)
    return drawn.getvalue()


def make_design(**parts: object) -> Design:
    usual = Design(
        name="第一版", title="售后服务管理师培训考核合格证书", statement="依据 {standard}，{name}学完 {study_hours}。"
    )
    return replace(usual, **parts)


def make_template(person, now, **parts: object) -> CertificateTemplate:
    """Save a design and use it."""
    return templates.choose(template=templates.save(design=make_design(**parts), person=person, now=now))


def text_of(pdf: bytes) -> str:
    said = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()
    return "".join(unicodedata.normalize("NFKC", said).split())


SEAL = Picture(png=png(), x=215, y=120, width=38, caption="{issuer}")


def test_a_certificate_is_printed_by_the_version_in_use(alice, now):
    block = Block(text="学员 {name} 于 {issued_date} 结业", x=30, y=45, width=120)
    template = make_template(alice, now, blocks=(block,), seal=SEAL, has_photo_frame=True)

    certificate = make_certificate(real_name="张三丰", now=now)
    pdf = rendering.print_pdf(certificate)

    assert certificate.template == template
    text = text_of(pdf)
    for expected in ("张三丰学完", "学员张三丰于2026-11-22结业", "照片粘贴处", "不构成从业准入依据"):
        assert expected in text
    images = subprocess.run(["pdfimages", "-list", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    assert " 40    40 " in images
    assert pdf == rendering.print_pdf(Certificate.objects.get())


def test_old_certificates_keep_their_version(alice, now):
    plain = make_certificate(now=now)
    before = rendering.print_pdf(plain)
    first = make_template(alice, now)
    old = make_certificate(now=now)
    printed = rendering.print_pdf(old)
    make_template(alice, now, statement="新的正文 {course}。", title="培训考核合格证书")
    new = make_certificate(now=now)

    for certificate in (plain, old):
        certificate.refresh_from_db()
    assert (rendering.print_pdf(plain), rendering.print_pdf(old)) == (before, printed)
    assert (plain.template, old.template, new.title) == (None, first, "培训考核合格证书")
    corrected = issuing.replace(certificate=old, real_name="张丰", reason="更正", person=alice, now=now)
    assert corrected.template == first


def test_the_log_notices_a_template_that_was_swapped(alice, now):
    make_template(alice, now)
    certificate = make_certificate(now=now)
    other = make_template(alice, now, statement="换掉。")
    assert logbook.standing_of(certificate) == logbook.Standing.WAITING

    Certificate.objects.filter(pk=certificate.pk).update(template=other)

    assert logbook.standing_of(Certificate.objects.get(pk=certificate.pk)) == logbook.Standing.ALTERED


@pytest.mark.parametrize(
    ("parts", "wrong"),
    [
        ({}, {}),
        ({"title": "国家职业资格证书"}, {"证书名称": "含有证书不得使用的字样：国家、职业资格。"}),
        ({"title": "{name}的证书"}, {"证书名称": "不能含有占位符。"}),
        ({"statement": "{nome}学完。"}, {"正文": "有不认识的占位符：{nome}。"}),
        ({"statement": "{name.__class__}"}, {"正文": "有不认识的占位符：{name.__class__}。"}),
        ({"statement": "{name}}"}, {"正文": "有不认识的占位符：单独的花括号。"}),
        (
            {"blocks": (Block(text="好", x=1, y=1, width=9), Block(text="全 国通用", x=1, y=1, width=9))},
            {"附加文字 2": "含有证书不得使用的字样：全国。"},
        ),
        ({"seal": replace(SEAL, caption="人社部监制")}, {"印章说明": "含有证书不得使用的字样：人社部。"}),
    ],
)
def test_what_may_not_be_saved(parts, wrong, alice, now):
    design = make_design(**parts)

    assert templates.problems(design) == wrong
    if wrong:
        with pytest.raises(templates.TextRefused, match=next(iter(wrong))):
            templates.save(design=design, person=alice, now=now)
        assert not CertificateTemplate.objects.exists()


def test_versions_count_up_and_one_is_in_use(alice, now):
    first, second = (templates.save(design=make_design(), person=alice, now=now) for _ in range(2))
    assert (first.number, second.number, first.sha256 == second.sha256) == (1, 2, True)
    assert not CertificateTemplate.objects.filter(is_current=True).exists()

    for version in (first, second):
        templates.choose(template=version)
        assert list(CertificateTemplate.objects.filter(is_current=True)) == [version]
    with pytest.raises(templates.AlreadyCurrent):
        templates.choose(template=second)


def test_pictures_are_written_anew(now):
    clean = templates.clean_picture(png(kind="JPEG", size=2000))

    with Image.open(io.BytesIO(clean)) as opened:
        assert (opened.format, opened.size) == ("PNG", (900, 900))
    assert clean == templates.clean_picture(png(kind="JPEG", size=2000))
    for junk in (b"", b"GIF89a", b"%PDF-1.7", png()[:30], bytes(5_000_001)):
        with pytest.raises(templates.PictureRefused):
            templates.clean_picture(junk)


@pytest.mark.parametrize("kind", [*samples.NAMES, "?"])
def test_samples_fit_on_the_page(kind, alice, now):
    template = make_template(alice, now, seal=SEAL)

    drawn = rendering.print_preview(samples.sample(kind=kind, template=template, now=now))

    with Image.open(io.BytesIO(drawn)) as opened:
        assert opened.size == (1286, 909)


# --- Pages ------------------------------------------------------------------------------------------------------------


def typed(**fields: object) -> dict[str, object]:
    """What the form sends."""
    block = {"text": "", "x": 26, "y": 40, "width": 80, "size": 11, "align": "left"}
    return {
        "name": "第一版",
        "title": "售后服务管理师培训考核合格证书",
        "statement": "依据 {standard}，特发此证。",
        **{f"{name}_{part}": 40 for name in ("seal", "signature") for part in ("x", "y", "width")},
        "blocks-TOTAL_FORMS": 5,
        "blocks-INITIAL_FORMS": 0,
        **{f"blocks-{n}-{key}": value for n in range(5) for key, value in block.items()},
        **fields,
    }


@pytest.fixture
def client():
    return staff("view_certificatetemplate", "add_certificatetemplate")[1]


def test_design_preview_save_and_choose(client):
    assert "保存为新版本" in client.get(f"{BASE}design/").content.decode()
    seal = io.BytesIO(png())
    seal.name = "seal.png"
    fields = typed(has_seal="on", seal=seal, **{"blocks-0-text": "学员 {name}"})

    assert "data:image/png;base64," in client.post(f"{BASE}preview/", fields).content.decode()
    assert not CertificateTemplate.objects.exists()
    seal.seek(0)
    answer = client.post(f"{BASE}design/", fields)

    saved = CertificateTemplate.objects.get()
    assert answer.url == f"{BASE}inspect/{saved.pk}/"
    assert (saved.number, saved.is_current, [block["text"] for block in saved.blocks]) == (1, False, ["学员 {name}"])
    assert "设为使用中" in client.get(answer.url).content.decode()
    assert "data:image/png" in client.get(f"{BASE}{saved.pk}/picture/?sample=long").content.decode()
    client.post(f"{BASE}{saved.pk}/choose/")
    saved.refresh_from_db()
    assert saved.is_current
    assert f'href="{BASE}inspect/{saved.pk}/"' in client.get(BASE).content.decode()

    # the next version keeps the seal without sending it again
    assert "学员 {name}" in client.get(f"{BASE}design/?base={saved.pk}").content.decode()
    client.post(f"{BASE}design/", typed(base=saved.pk, has_seal="on"))
    assert bytes(CertificateTemplate.objects.get(number=2).seal_png) == bytes(saved.seal_png)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"title": "国家职业资格证书"}, "含有证书不得使用的字样：国家、职业资格。"),
        ({"blocks-3-text": "包过"}, "含有证书不得使用的字样：包过。"),
        ({"statement": "{nome}"}, "有不认识的占位符：{nome}。"),
        ({"has_seal": "on"}, "要印上印章，请选择一张图片。"),
        ({"seal_x": "-1"}, "0"),
        ({"blocks-TOTAL_FORMS": "x"}, ""),
    ],
)
def test_design_says_what_is_wrong(client, fields, said):
    for page in ("design", "preview"):
        answer = client.post(f"{BASE}{page}/", typed(**fields))
        assert answer.status_code == 200
        assert said in answer.content.decode()
    assert not CertificateTemplate.objects.exists()


def test_a_file_that_is_no_picture_is_refused(client):
    junk = io.BytesIO(b"not a picture")
    junk.name = "seal.png"

    assert client.post(f"{BASE}design/", typed(seal=junk, has_seal="on")).status_code == 200
    assert not CertificateTemplate.objects.exists()


def test_pages_need_the_permission(alice, now):
    template = make_template(alice, now)
    _, reader = staff("view_certificatetemplate")

    assert reader.get(f"{BASE}inspect/{template.pk}/").status_code == 200
    for answer in (
        reader.get(f"{BASE}design/"),
        reader.post(f"{BASE}preview/", typed()),
        reader.post(f"{BASE}{template.pk}/choose/"),
    ):
        assert answer.status_code == 302


@pytest.mark.parametrize("rows", [1, 3])
def test_list_queries(rows, client, alice, now, django_assert_max_num_queries):
    for _ in range(rows):
        templates.save(design=make_design(), person=alice, now=now)
    client.get(BASE)

    with django_assert_max_num_queries(12):
        client.get(BASE)


def boxes_of(**moved: Box) -> dict[str, Box]:
    return {name: part.usual for name, part in PARTS.items()} | moved


def test_usual_places_are_possible():
    assert places.problems(boxes_of()) == {}


@pytest.mark.parametrize(
    ("name", "box", "said"),
    [
        ("qr", places.box_of("qr", x=262, y=20, width=31), "超出纸面：这一部分高 38 毫米，四边要各留 5 毫米。"),
        ("disclaimer", Box(26, 198, 245, 8), "超出纸面：这一部分高 8 毫米，四边要各留 5 毫米。"),
        ("facts", Box(66, 136, 90, 46), "太窄：至少 120 毫米宽，再窄就看不清了。"),
        ("qr", places.box_of("qr", x=26, y=96, width=70), "二维码最宽 60 毫米。"),
        ("id_number", Box(41, 80, 215, 7), "与“姓名”重叠。"),
    ],
)
def test_parts_must_be_on_the_page_legible_and_apart(name, box, said):
    assert places.problems(boxes_of(**{name: box}))[name] == said


def test_boxes_that_touch_do_not_meet():
    left = Box(10, 10, 20, 20)

    assert not left.meets(Box(30, 10, 5, 5))
    assert not left.meets(Box(10, 30, 5, 5))
    assert left.meets(Box(29, 29, 5, 5))


def test_a_version_with_places_prints_every_fact_and_keeps_them(alice, now):
    moved = boxes_of(
        qr=places.box_of("qr", x=236, y=130, width=35), facts=Box(26, 136, 200, 46), title=Box(41, 36, 215, 22)
    )
    template = make_template(alice, now, boxes=moved)
    assert template.places["qr"] == {"x": 236, "y": 130, "width": 35, "height": 42}
    usual = templates.draft(make_design())
    assert template.sha256 != usual.sha256
    exam = make_exam()

    for name in ("张三丰", samples.NAMES["long"][0], samples.NAMES["rare"][0]):
        certificate = make_certificate(real_name=name, exam=exam, now=now)
        pdf = rendering.print_pdf(certificate)
        facts = rendering.facts_of(certificate) | {"verify_url": ""}
        missing = [k for k, v in facts.items() if "".join(unicodedata.normalize("NFKC", v).split()) not in text_of(pdf)]
        assert missing == []
        assert rendering.print_pdf(certificate) == pdf


def test_nothing_added_covers_what_proves_the_certificate():
    over = make_design(boxes=boxes_of(), blocks=(Block(text="盖住", x=30, y=150, width=20),))
    seal = make_design(boxes=boxes_of(), seal=replace(SEAL, x=40, y=120))

    assert templates.problems(over) == {"附加文字 1": "会盖住“二维码”，请移开。"}
    assert templates.problems(seal) == {"印章": "会盖住“二维码”，请移开。"}
    assert templates.problems(make_design(boxes=boxes_of(), seal=SEAL)) == {}


def test_places_are_chosen_in_the_editor(client):
    form = typed(has_places="on")
    for name, part in PARTS.items():
        form |= {f"place-{name}-{side}": getattr(part.usual, side) for side in ("x", "y", "width")}

    overlapping = client.post(f"{BASE}preview/", form | {"place-name-y": 50})
    assert "姓名的位置：与“证书名称”重叠。" in overlapping.content.decode()
    assert b"data:image/png" in client.post(f"{BASE}preview/", form | {"place-qr-x": 20}).content
    assert client.post(f"{BASE}design/", form | {"place-qr-x": 20}).status_code == 302
    saved = CertificateTemplate.objects.get()
    assert (saved.places["qr"]["x"], set(saved.places)) == (20, set(PARTS))
    again = client.get(f"{BASE}design/?base={saved.pk}").content.decode()
    assert 'name="place-qr-x" value="20"' in again
    assert client.post(f"{BASE}design/", form | {"place-qr-x": ""}).status_code == 200
