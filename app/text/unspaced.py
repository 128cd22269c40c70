"""How much of a text is written without spaces, and what to say about it.

Where words are not parted by spaces the tokenizer finds none: everything up to the
next mark becomes one token, and hardly any of these is ever seen twice. This module
knows the scripts, not their words.
"""

from __future__ import annotations

import re

LARGE_SHARE = 0.2
"""A training text with at least this share gets `UNSPACED_REMARK`, once."""

UNSPACED_REMARK = (
    "A large part of the text is written without spaces between words, as Chinese, "
    "Japanese and Thai are. Nextword cuts words at spaces and marks alone, so whole "
    "phrases become single words, most of them unknown. Cut the text into words with a "
    "tool for its language, put spaces between them, and train with --pretokenized."
)

# Thai and Lao, Burmese, Khmer, kana, Han. Words of these scripts rarely have ten
# characters, their phrases usually do; so a text that has spaces already is not meant.
_PHRASE = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"
    "\U00020000-\U0003ffff]{10,}"
)


def unspaced_share(text: str) -> float:
    """The share of the characters of `text` that stand in phrases without spaces.

    >>> unspaced_share("The sky is blue."), unspaced_share("天空是蓝色的而云是白的")
    (0.0, 1.0)
    """
    if text.isascii():
        return 0.0
    return sum(map(len, _PHRASE.findall(text))) / len(text)
