"""Texts whose words the tokenizer cannot find are recognised; others are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.unspaced import LARGE_SHARE, UNSPACED_REMARK, unspaced_share

CHINESE = (
    "人人生而自由,在尊严和权利上一律平等。他们赋有理性和良心,"
    "并应以兄弟关系的精神相对待。"
)
JAPANESE = (
    "すべての人間は、生まれながらにして自由であり、"
    "かつ、尊厳と権利とについて平等である。"
)
THAI = "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ"
KHMER = "មនុស្សទាំងអស់ កើតមកមានសេរីភាព និងសមភាព ក្នុងផ្នែកសេចក្ដីថ្លៃថ្នូរ"


@pytest.mark.parametrize("text", [CHINESE, JAPANESE, THAI, KHMER])
def test_text_without_spaces_is_recognised(text):
    assert unspaced_share(text) >= LARGE_SHARE
    assert unspaced_share(text + " It is so." + "\n" + text) >= LARGE_SHARE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The naïve café is “open”.",
        "Все люди рождаются свободными и равными.",
        "모든 인간은 태어날 때부터 자유로우며 평등하다.",
        "सभी मनुष्यों को गौरव और अधिकारों के मामले में",
        "人人 生 而 自由 , 在 尊严 和 权利 上 一律 平等 。",  # cut already
        "มนุษย์ ทั้งหลาย เกิด มา มี อิสระ และ เสมอภาค กัน",
        "An English article about the sign 中国人民解放军海军 and its history. " * 3,
    ],
)
def test_text_with_spaces_is_not(text):
    assert unspaced_share(text) < LARGE_SHARE


@given(st.text())
def test_a_share_is_between_0_and_1(text):
    assert 0 <= unspaced_share(text) <= 1


def test_the_remark_says_what_to_do():
    assert "--pretokenized" in UNSPACED_REMARK
