import pytest

from exams import bank
from exams.bank import Text
from exams.models import Item
from tests.factories.exams import make_item
from tests.factories.users import UserFactory

TEXT = Text(stem="问？", options=("一", "二", "三"), key="B", explanation="因为", source="标准")


def draft(alice, now, **fields):
    item = Item(code="M1-0001", module="M1", kind=Item.Kind.SINGLE, point="点", **fields)
    return bank.create(item=item, text=TEXT, author=alice, now=now)


def revise(item, author, now, text=TEXT, **changes):
    facts = {"point": item.point, "difficulty": item.difficulty, "is_verified": item.is_verified} | changes
    return bank.revise(item=item, text=text, author=author, now=now, **facts)


@pytest.mark.parametrize(
    ("kind", "options", "key", "word"),
    [
        ("SINGLE", ("一", "二"), "A", ""),
        ("SINGLE", ("一", "二"), "C", "从 A 到 B"),
        ("SINGLE", ("一", "二"), "AB", "只有一个"),
        ("SINGLE", ("一",), "A", "2 到 8 个"),
        ("SINGLE", ("一", "一"), "A", "不能重复"),
        ("SINGLE", ("一", " "), "A", "不能空"),
        ("SINGLE", ("一", "二"), "", "从 A 到 B"),
        ("MULTI", ("一", "二", "三"), "AC", ""),
        ("MULTI", ("一", "二", "三"), "CA", "字母顺序"),
        ("MULTI", ("一", "二", "三"), "A", "至少两个"),
        ("MULTI", ("一", "二", "三"), "ABC", "不能全选"),
        ("TRUE_FALSE", (), "T", ""),
        ("TRUE_FALSE", (), "A", "对或错"),
        ("TRUE_FALSE", ("对", "错"), "T", "不写选项"),
    ],
)
def test_problem_of(kind, options, key, word):
    problem = bank.problem_of(kind=kind, options=options, key=key)

    assert (problem == "") if not word else (word in problem)


def test_create_makes_a_draft_with_version_one(alice, now):
    item = draft(alice, now)

    version = item.current
    assert (item.status, version.number, version.created_by, Text.of(version)) == ("DRAFT", 1, alice, TEXT)


def test_create_refuses_an_incoherent_key_and_stores_nothing(alice, now):
    with pytest.raises(bank.Incoherent):
        bank.create(item=Item(code="M1-0001", module="M1", kind="MULTI", point="点"), text=TEXT, author=alice, now=now)

    assert not Item.objects.exists()


def test_item_goes_from_draft_to_paper_with_two_persons(alice, charlie, now):
    item = draft(alice, now, is_verified=True)
    bank.submit(item=item)

    with pytest.raises(bank.SamePerson):
        bank.approve(item=item, reviewer=alice, now=now)
    item = bank.approve(item=item, reviewer=charlie, now=now)

    assert (item.status, item.approved_by, item.approved_at) == ("LIVE", charlie, now)
    assert list(Item.objects.drawable()) == [item]


def test_approve_refuses_unverified_facts_in_the_live_pool(alice, charlie, now):
    item = draft(alice, now)
    bank.submit(item=item)

    with pytest.raises(bank.Unverified):
        bank.approve(item=item, reviewer=charlie, now=now)


def test_revise_writes_a_version_and_goes_back_to_draft(alice, now):
    item = make_item()
    text = Text.of(item.current)

    revised = revise(item, alice, now, text=Text(**vars(text) | {"stem": "新的题干"}))

    assert (revised.status, revised.current.number, revised.current.stem) == ("DRAFT", 2, "新的题干")
    assert revised.versions.get(number=1).stem == text.stem


def test_revise_of_facts_alone_is_a_version_too(alice, now):
    item = make_item()

    revised = revise(item, alice, now, text=Text.of(item.current), difficulty=3)

    assert (revised.difficulty, revised.current.created_by) == (3, alice)


def test_revise_without_change_writes_nothing(alice, now):
    item = make_item()

    revised = revise(item, alice, now, text=Text.of(item.current))

    assert (revised.status, revised.versions.count()) == ("LIVE", 1)


@pytest.mark.parametrize(
    ("verb", "good", "result"),
    [
        (bank.submit, "DRAFT", "REVIEW"),
        (bank.send_back, "REVIEW", "DRAFT"),
        (bank.retire, "LIVE", "RETIRED"),
        (bank.restore, "RETIRED", "DRAFT"),
    ],
)
def test_moves_refuse_every_other_status(db, verb, good, result):
    for status in Item.Status.values:
        item = make_item(status=status)
        if status == good:
            assert verb(item=item).status == result
        else:
            with pytest.raises(bank.WrongStatus, match="刷新后再看"):
                verb(item=item)


def test_revise_refuses_a_retired_item(alice, now):
    with pytest.raises(bank.WrongStatus, match="停用的题不能修改"):
        revise(make_item(status="RETIRED"), UserFactory(), now)
