import json
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.models import F

from certificates import checkpoints, lifecycle, logbook, merkle, status_bits
from certificates.logbook import Standing, proofs
from certificates.models import Certificate, LogEntry, LogNode, LogState, StatusChange, TreeHead
from tests.certificates.test_issuing import race
from tests.factories.certificates import make_certificate, make_exam

pytestmark = pytest.mark.django_db
VERIFIER = Path(__file__).resolve().parents[2] / "tools" / "verify_certificate_log.py"


@pytest.fixture
def exam():
    return make_exam()


def make_many(count: int, *, exam, now) -> list[Certificate]:
    return [make_certificate(exam=exam, now=now) for _ in range(count)]


def insert_past_the_verbs(model: Certificate, *, with_change: bool, **fields: object) -> Certificate:
    """Do what somebody with the database's password would: copy a row and date it back."""
    kept = {field.attname: getattr(model, field.attname) for field in Certificate._meta.concrete_fields}
    forged = Certificate.objects.create(
        **kept
        | {"id": None, "origin": "CORRECTION", "predecessor_id": model.pk, "status_bit": status_bits.draw()}
        | fields
    )
    if with_change:
        StatusChange.objects.create(
            certificate=forged, to_status="VALID", reason="考试合格", reason_class="PASSED", changed_at=forged.issued_at
        )
    return forged


def verifier(*arguments: object) -> tuple[int, str]:
    """Run the script as a stranger would: another process, without our code on its path."""
    command = [sys.executable, "-I", str(VERIFIER), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd="/")
    return done.returncode, done.stdout + done.stderr


def test_an_issue_and_a_change_are_leaves_of_the_same_transaction(now):
    certificate = make_certificate(now=now)
    lifecycle.suspend(certificate=certificate, reason="核查", person=None, now=now)

    first, second = LogEntry.objects.order_by("pk")
    said = json.loads(second.data)
    assert (first.position, second.position) == (None, None)
    assert json.loads(first.data)["to"] == "VALID"
    assert {key: said[key] for key in ("v", "number", "from", "to", "reason_class", "at")} == {
        "v": 1,
        "number": certificate.number,
        "from": "VALID",
        "to": "SUSPENDED",
        "reason_class": "OTHER",
        "at": "2026-11-22T06:03:22Z",
    }
    assert "张三丰" not in second.data
    assert second.leaf == merkle.hash_leaf(second.data.encode()).hex()


def test_a_refused_change_leaves_no_leaf(now):
    certificate = make_certificate(now=now)

    with pytest.raises(lifecycle.StatusRefused):
        lifecycle.restore(certificate=certificate, reason="原因", person=None, now=now)

    assert LogEntry.objects.count() == 1


def test_sequence_goes_on_where_it_stopped(exam, now, monkeypatch):
    monkeypatch.setattr("certificates.logbook.sequencing.BATCH", 3)
    make_many(5, exam=exam, now=now)

    assert [logbook.sequence(now=now) for _ in range(3)] == [3, 2, 0]
    make_many(2, exam=exam, now=now)
    assert logbook.sequence(now=now) == 2

    leaves = [bytes.fromhex(leaf) for leaf in LogEntry.objects.order_by("position").values_list("leaf", flat=True)]
    assert list(LogEntry.objects.order_by("pk").values_list("position", flat=True)) == list(range(7))
    assert LogState.objects.get().size == 7
    assert LogNode.objects.count() == 7 - 3
    head = logbook.sign_head(now=now)
    assert head.root == merkle.hash_range(0, 7, _complete(leaves).__getitem__).hex()


def _complete(leaves: list[bytes]) -> dict[merkle.Node, bytes]:
    nodes = {(0, index): leaf for index, leaf in enumerate(leaves)}
    for index in range(len(leaves)):
        for level, number in merkle.completed_nodes(index):
            nodes[level, number] = merkle.hash_node(nodes[level - 1, 2 * number], nodes[level - 1, 2 * number + 1])
    return nodes


@pytest.mark.parametrize("count", [1, 5])
def test_sequencing_costs_the_same_number_of_queries(count, exam, now, django_assert_max_num_queries):
    make_many(count, exam=exam, now=now)

    with django_assert_max_num_queries(11):
        logbook.sequence(now=now)


def test_a_head_is_signed_daily_and_within_the_hour_after_growth(exam, now):
    assert logbook.sign_head_if_due(now=now) is not None
    assert logbook.sign_head_if_due(now=now + timedelta(hours=23)) is None
    make_certificate(exam=exam, now=now)
    logbook.sequence(now=now)
    assert logbook.sign_head_if_due(now=now + timedelta(minutes=59)) is None
    assert logbook.sign_head_if_due(now=now + timedelta(minutes=60)).size == 1
    assert logbook.sign_head_if_due(now=now + timedelta(minutes=61)) is None
    assert logbook.sign_head_if_due(now=now + timedelta(hours=26)).size == 1


def test_a_head_takes_in_what_a_stalled_sweep_left_waiting(now):
    """Otherwise an honest certificate would look back-dated for ever."""
    certificate = make_certificate(now=now)

    assert logbook.sign_head(now=now + timedelta(hours=2)).size == 1
    assert logbook.standing_of(certificate) == Standing.LOGGED


def test_standing_of_what_is_in_the_log(now):
    certificate = make_certificate(now=now)
    assert logbook.standing_of(certificate) == Standing.WAITING

    logbook.sequence(now=now)
    assert logbook.standing_of(certificate) == Standing.LOGGED
    logbook.sign_head(now=now + timedelta(hours=2))
    assert logbook.standing_of(certificate) == Standing.LOGGED


@pytest.mark.parametrize("with_change", [False, True])
def test_a_row_inserted_past_the_verbs_is_missing(with_change, now):
    forged = insert_past_the_verbs(
        make_certificate(now=now), with_change=with_change, number="SHFW-2025-ABCDEFGH-X", status="VALID"
    )
    logbook.sequence(now=now)

    assert logbook.standing_of(forged) == Standing.MISSING
    assert {(finding.kind, finding.where) for finding in logbook.audit()} == {("MISSING", forged.number)}


@pytest.mark.parametrize(
    "change", [{"holder_name": "李四"}, {"points_centi": 10000}, {"valid_until": "2039-11-21"}, {"status": "SUSPENDED"}]
)
def test_a_row_edited_past_the_verbs_is_altered(change, now):
    certificate = make_certificate(now=now)
    logbook.sequence(now=now)
    Certificate.objects.filter(pk=certificate.pk).update(**change)
    certificate.refresh_from_db()

    assert logbook.standing_of(certificate) == Standing.ALTERED
    assert [finding.kind for finding in logbook.audit()] == ["ALTERED"]


def test_a_back_dated_certificate_with_a_leaf_of_its_own_is_found(exam, now):
    """The operator himself inserts row, change and leaf, all well formed, dated a week back."""
    make_many(3, exam=exam, now=now)
    logbook.sequence(now=now)
    logbook.sign_head(now=now)
    then = now - timedelta(days=7)
    forged = insert_past_the_verbs(
        Certificate.objects.first(), with_change=True, number="SHFW-2026-ABCDEFGH-X", status="VALID", issued_at=then
    )
    logbook.record(change=forged.changes.get())
    assert logbook.standing_of(forged) == Standing.BACKDATED  # even before it is in the tree

    logbook.sequence(now=now)
    logbook.sign_head(now=now + timedelta(seconds=1))

    assert logbook.standing_of(forged) == Standing.BACKDATED
    assert {(finding.kind, finding.where) for finding in logbook.audit()} == {("BACKDATED", forged.number)}


def test_a_leaf_squeezed_into_the_signed_past_breaks_the_tree(exam, now):
    make_many(3, exam=exam, now=now)
    logbook.sequence(now=now)
    logbook.sign_head(now=now)
    forged = make_certificate(exam=exam, now=now - timedelta(days=7))
    LogEntry.objects.filter(position=2).update(position=3)
    LogEntry.objects.filter(change__certificate=forged).update(position=2, sequenced_at=now)
    LogState.objects.update(size=4)

    assert "TREE" in {finding.kind for finding in logbook.audit()}


def test_a_deleted_tail_and_a_forged_head_are_found(exam, now):
    make_many(3, exam=exam, now=now)
    logbook.sequence(now=now)
    logbook.sign_head(now=now)
    TreeHead.objects.update(root="0" * 64)
    assert {finding.kind for finding in logbook.audit()} == {"HEAD", "TREE"}

    LogEntry.objects.filter(position=2).delete()
    LogState.objects.update(size=F("size") - 1)
    texts = [finding.text for finding in logbook.audit()]
    assert "公开日志比签过的树短：有记录被删除。" in texts


def test_audit_command_says_so_and_fails(now):
    certificate = make_certificate(now=now)
    logbook.sequence(now=now)
    out = StringIO()
    call_command("audit_certificate_log", stdout=out)
    assert out.getvalue() == "日志 1 条，树头 0 个，不符 0 处。\n"

    Certificate.objects.update(holder_name="李四")
    with pytest.raises(SystemExit, match="1"):
        call_command("audit_certificate_log", stdout=out)
    assert certificate.number in out.getvalue()


@pytest.fixture
def proven(exam, now, tmp_path):
    """A certificate with two changes among seven leaves, and its proof on disk."""
    certificate, *_ = make_many(5, exam=exam, now=now)
    lifecycle.suspend(certificate=certificate, reason="核查", person=None, now=now + timedelta(days=1))
    lifecycle.restore(certificate=certificate, reason="核查无误", person=None, now=now + timedelta(days=2))
    logbook.sequence(now=now + timedelta(days=2))
    logbook.sign_head(now=now + timedelta(days=3))
    certificate.refresh_from_db()
    path = tmp_path / "proof.json"
    path.write_text(json.dumps(logbook.bundle(certificate=certificate, now=now + timedelta(days=3))))
    return certificate, path, proofs.public_keys()[0]


def test_verifier_proves_a_history_without_our_code(proven):
    certificate, path, key = proven

    code, said = verifier("history", path, "--key", key)

    assert code == 0, said
    assert certificate.number in said
    assert [line.split("　")[2] for line in said.splitlines() if "→" in line] == [
        "（签发） → VALID",
        "VALID → SUSPENDED",
        "SUSPENDED → VALID",
    ]
    assert "已证明" in said


@pytest.mark.parametrize(
    ("tamper", "answer"),
    [
        (lambda bundle: bundle["facts"].update(name="李四"), "说的不是这张证书的事实"),
        (lambda bundle: bundle["leaves"][1]["data"].update(to="VALID"), "不在签过名的树里"),
        (lambda bundle: bundle["leaves"].pop(1), "变更接不上"),
        (lambda bundle: bundle["leaves"][0].update(index=2), "不在签过名的树里"),
        (lambda bundle: bundle.update(head=bundle["head"].replace("\n7\n", "\n8\n")), "签名不对"),
        (lambda bundle: bundle.update(leaves=[]), "没有任何记录"),
    ],
)
def test_verifier_refuses_what_was_tampered_with(tamper, answer, proven):
    _, path, key = proven
    bundle = json.loads(path.read_text())
    tamper(bundle)
    path.write_text(json.dumps(bundle))

    code, said = verifier("history", path, "--key", key)

    assert (code, answer in said) == (1, True), said


def test_verifier_finds_a_back_dated_leaf(proven, exam, now, tmp_path):
    _, _, key = proven
    late = make_certificate(exam=exam, now=now - timedelta(days=5))
    logbook.sequence(now=now + timedelta(days=4))
    path = tmp_path / "late.json"
    path.write_text(json.dumps(logbook.bundle(certificate=late, now=now + timedelta(days=4))))

    code, said = verifier("history", path, "--key", key)

    assert code == 1
    assert "倒签" in said


def test_verifier_wants_a_key_that_signed(proven):
    _, path, key = proven
    other = checkpoints.verifier_key(logbook.origin(), Ed25519PrivateKey.generate().public_key())

    assert verifier("history", path, "--key", other) == (1, "没有通过：树头不是用给定的公钥签的。\n")
    assert verifier("history", path, "--key", "nonsense")[0] == 2
    assert verifier("history", path.parent / "none.json", "--key", key)[0] == 2


def test_verifier_proves_that_the_tree_only_grew(proven, exam, now, tmp_path):
    *_, key = proven
    old = TreeHead.objects.get()
    make_many(4, exam=exam, now=now + timedelta(days=4))
    logbook.sequence(now=now + timedelta(days=4))
    new = logbook.sign_head(now=now + timedelta(days=4))
    files = [tmp_path / name for name in ("old", "new", "path")]
    files[0].write_text(old.note)
    files[1].write_text(new.note)
    files[2].write_text(json.dumps({"path": logbook.consistency(old=old.size, new=new.size)}))

    assert verifier("growth", *files, "--key", key)[0] == 0

    files[2].write_text(json.dumps({"path": logbook.consistency(old=old.size, new=new.size)[1:]}))
    assert verifier("growth", *files, "--key", key)[0] == 1


def test_no_proof_about_trees_that_were_not_signed(exam, now):
    make_many(3, exam=exam, now=now)
    logbook.sequence(now=now)
    logbook.sign_head(now=now)

    for index, size in ((0, 2), (3, 3), (-1, 3)):
        with pytest.raises(logbook.NoSuchProof):
            logbook.inclusion(index=index, size=size)
    with pytest.raises(logbook.NoSuchProof):
        logbook.consistency(old=1, new=3)


def test_log_name_is_the_sites_address():
    assert logbook.origin() == f"{settings.SITE_URL.removeprefix('http://')}/certificates/log"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_sequence_at_once_and_every_leaf_has_its_own_place(now):
    exam = make_exam()
    make_many(12, exam=exam, now=now)

    counts = race(lambda: logbook.sequence(now=now), times=4)

    assert connection.vendor == "postgresql"
    assert sorted(counts) == [0, 0, 0, 12]
    assert list(LogEntry.objects.order_by("pk").values_list("position", flat=True)) == list(range(12))
    assert list(logbook.audit()) == []
