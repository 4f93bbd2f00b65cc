import pytest

from certificates import issuing, wording


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("全国售后服务管理师", ["全国"]),
        ("中华人民共和国某证书", ["中华人民共和国", "中华"]),
        ("国家职业资格培训", ["国家", "职业资格"]),
        ("国 家\n职业　资格", ["国家", "职业资格"]),
        ("３天拿证，１００％通过", ["3天拿证", "100%通过"]),
        ("人社部监制", ["人社部"]),
        ("培训考核合格证书", []),
        ("教育部门的客户服务", []),
        ("", []),
    ],
)
def test_find_banned(text, found):
    assert wording.find_banned(text) == found


def test_the_disclaimer_alone_may_say_the_words():
    assert wording.find_banned(f"前文\n{wording.DISCLAIMER}\n后文") == []
    assert wording.find_banned(wording.DISCLAIMER.replace("不属于", "属于")) != []
    assert wording.find_banned(f"国家{wording.DISCLAIMER}") == ["国家"]


def test_what_we_print_is_clean():
    assert wording.find_banned(issuing.TITLE + issuing.STANDARD) == []
