import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates import masking


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三丰", "张*丰"),
        ("张丰", "张*"),
        ("欧阳锋锋", "欧**锋"),
        ("阿卜杜热合曼·麦麦提伊敏", "阿*****·****敏"),
        ("阿·巴", "阿·*"),
        ("𬱖𬱖䶮", "𬱖*䶮"),
        ("张", "*"),
        ("", ""),
    ],
)
def test_mask_name(name, masked):
    assert masking.mask_name(name) == masked


@given(st.text(alphabet="张李王欧阳阿卜·", min_size=1, max_size=50))
def test_mask_name_shows_two_letters_at_most_and_keeps_the_length(name):
    masked = masking.mask_name(name)

    assert len(masked) == len(name)
    assert sum(sign not in "*·" for sign in masked) <= 2
    assert name[0] == "·" or masked.count("*") >= min(1, len(name.replace("·", "")))


@pytest.mark.parametrize(
    "typed",
    ["阿卜杜•麦麦提", "阿卜杜・麦麦提", " 阿卜杜 ·麦麦提 ", "阿卜杜.麦麦提", "阿卜杜．麦麦提"],
)
def test_name_key_forgives_dots_and_spaces(typed):
    assert masking.name_key(typed) == masking.name_key("阿卜杜·麦麦提")


def test_name_key_tells_people_apart():
    assert masking.name_key("张三") != masking.name_key("张三丰")
    assert masking.name_key("阿卜杜麦麦提") != masking.name_key("阿卜杜·麦麦提")
