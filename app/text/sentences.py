"""Where a sentence begins, and the capital letter it begins with.

Tokens go in, as they are written or in lower case. The exported graph applies the same
two tables to its tokens, so both answer alike. Abbreviations end no sentence, because
their full stop is part of their token (`Mr.`), nor does an ellipsis. A line break is
white space here as it is to a model: the tokenizer does not keep it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable

SENTENCE_ENDS = (".", "!", "?")

PASSED_OVER = ('"', "'", "(", ")", "[", "]", "{", "}", "¿", "¡", "_", "*")
"""Quotation marks, brackets and emphasis around a sentence: they begin or end none."""


def begins_sentence(tokens: Iterable[str]) -> bool:
    """Whether the word after `tokens` is the first one of a sentence.

    >>> begins_sentence(["It", "rained", ".", '"'])
    True
    >>> begins_sentence(["Mr.", "Smith", "said", ",", '"'])
    False
    """
    return functools.reduce(begins_after, tokens, True)


def begins_after(begins: bool, token: str) -> bool:
    """The same one token later; `begins` was the answer before it."""
    return token in SENTENCE_ENDS or (begins and token in PASSED_OVER)


def begins_after_last(tokens: Iterable[str]) -> bool:
    """What `begins_sentence` says, told the last token first; stops when it knows."""
    for token in tokens:
        if token not in PASSED_OVER:
            return token in SENTENCE_ENDS
    return True


def capitalised(words: str) -> str:
    """`words` as they begin a sentence.

    A first word with a capital or a full stop inside (an address) keeps its form.

    >>> [capitalised(words) for words in ("it's", "iPhone", "the United States")]
    ["It's", 'iPhone', 'The United States']
    """
    first_word = words.partition(" ")[0]
    capital = words[:1].upper()
    has_form_of_its_own = first_word != first_word.lower() or "." in first_word
    if has_form_of_its_own or len(capital) != 1:  # "ß" would be "SS"
        return words
    return capital + words[1:]
