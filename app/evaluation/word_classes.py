"""Open and closed classes: which words of a vocabulary carry content, which grammar.

A vocabulary enters; the class of every id leaves. Classes go by lists of words and not
by counts, so that they are the same whatever a model was trained on. They are those of
Quirk, Greenbaum, Leech and Svartvik (1985), A Comprehensive Grammar of the English
Language, sections 2.34 to 2.45: prepositions, pronouns, determiners, conjunctions and
auxiliary verbs are closed classes, to which no new word comes; so are "not" and "to",
and, with the Penn Treebank (Santorini 1990: the tags WRB, EX and RP), the adverbs that
ask, "there" and particles. Nouns, adjectives, full verbs and adverbs are open. Numerals
are neither (Quirk et al., 2.34; the Treebank's tag CD).

Limits: a form has one class here, whatever its sentence makes of it. One that belongs
to both is a function word where that is its usual work ("can", "will", "like", "that")
and a content word where it is not ("little", "past", "round", "need", "used"). The
lists are English and know no other language: there every word would be one of content,
which is why `is_english` should be asked first.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from app.text.tokenizer import BOUND_HOSTS, CLITICS, Tokenizer
from app.text.vocabulary import RESERVED, Vocabulary


class WordClass(IntEnum):
    """What kind of word an id stands for."""

    RESERVED = 0  # unknown words and the ends of paragraphs among them
    CONTENT = 1  # open classes
    FUNCTION = 2  # closed classes
    NUMBER = 3  # in digits, or a cardinal number in letters
    PUNCTUATION = 4  # neither letters nor digits


_DETERMINERS = """
    a an the this that these those yon every each either neither some any no all both
    half such what whatever which whichever whose many much more most few fewer fewest
    several enough less least another other
"""
_PRONOUNS = """
    i me my mine myself you your yours yourself yourselves he him his himself she her
    hers herself it its itself we us our ours ourselves they them their theirs
    themselves themself oneself thou thee thy thine thyself ye 'em
    who whom whoever whomever whosoever whichsoever whatsoever none nothing nobody
    no-one something somebody someone anything anybody anyone everything everybody
    everyone others aught naught nought
"""
_PREPOSITIONS = """
    about above across after against along alongside amid amidst among amongst around
    as at atop before behind below beneath beside besides between betwixt beyond by
    despite down during except for from in inside into like near of off on onto out
    outside over per since than through throughout till 'til to toward towards under
    underneath unlike until unto up upon versus vs vs. via with within without
"""
_CONJUNCTIONS = """
    and & 'n' but or nor so yet if unless whether because although though lest while
    whilst whereas whereupon albeit once ere
"""
_AUXILIARIES = """
    be am is are was were been being have has had having do does did can could may
    might must shall should will would ought cannot ai
    wert wast hast hath hadst dost doth didst shalt shouldst wilt wouldst canst couldst
    mayst mightst 'tis 'twas 'twere 'twill 'twould
"""
# Words of unique function, adverbs that ask or relate, and pro-forms (Quirk et al.,
# 2.44) that stand for a place, a time or a whole clause.
_PARTICLES = """
    not there here then when whenever where wherever why how however whereby wherein
    whereof whereto thereof therein thereby thereto therefrom thereon hereby herein
    hereof hereto away
"""
_NUMERALS = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen
    fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty
    sixty seventy eighty ninety hundred thousand million billion trillion
"""
# How the Penn Treebank writes brackets, which given tokens may have.
_BRACKETS = "-lrb- -rrb- -lsb- -rsb- -lcb- -rcb-"

FUNCTION_WORDS = frozenset(
    " ".join(
        (
            _DETERMINERS,
            _PRONOUNS,
            _PREPOSITIONS,
            _CONJUNCTIONS,
            _AUXILIARIES,
            _PARTICLES,
        )
    ).split()
) | frozenset(CLITICS + BOUND_HOSTS)
"""Members of the closed classes, in lower case."""

_CARDINALS = frozenset(_NUMERALS.split())
_MARKS = frozenset(_BRACKETS.split())

# Of the words of English text, 41 % (patents), 46 % (Wikipedia) and 57 % (novels) are
# function words; of the Universal Declaration of Human Rights' first article 55 %, of
# its German and French 4 % and none.
_LEAST_SHARE = 0.25


def word_class(token: str) -> WordClass:
    """The class of a token, as the tokenizer cuts them or as it was given.

    >>> [word_class(token).name for token in ("The", "river", "n't", "42", "--")]
    ['FUNCTION', 'CONTENT', 'FUNCTION', 'NUMBER', 'PUNCTUATION']
    >>> word_class("can't").name, word_class("twenty-one").name
    ('FUNCTION', 'NUMBER')
    """
    word = token.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    if word in FUNCTION_WORDS:
        return WordClass.FUNCTION
    if word in _MARKS or not any(map(str.isalnum, word)):
        return WordClass.PUNCTUATION
    if _is_number(word):
        return WordClass.NUMBER
    if "'" in word and _is_contraction(word):
        return WordClass.FUNCTION
    return WordClass.CONTENT


def word_classes(vocabulary: Vocabulary) -> np.ndarray:
    """int8 [size]: the `WordClass` of every id."""
    start = len(RESERVED)
    classes = np.full(vocabulary.size, WordClass.RESERVED, np.int8)
    classes[start:] = [word_class(token) for token in vocabulary.tokens[start:]]
    return classes


def is_function_word(vocabulary: Vocabulary) -> np.ndarray:
    """Bool [size]: belongs to a closed class. What is no word is neither."""
    return word_classes(vocabulary) == WordClass.FUNCTION


def is_content_word(vocabulary: Vocabulary) -> np.ndarray:
    """Bool [size]: belongs to an open class."""
    return word_classes(vocabulary) == WordClass.CONTENT


def is_english(vocabulary: Vocabulary) -> bool:
    """Whether so many words of the training text are function words as in English.

    Where they are not, the classes say nothing about the text.
    """
    counts, classes = vocabulary.counts, word_classes(vocabulary)
    function = int(counts[classes == WordClass.FUNCTION].sum())
    content = int(counts[classes == WordClass.CONTENT].sum())
    return function > 0 and function >= _LEAST_SHARE * (function + content)


def _is_number(word: str) -> bool:
    """Whether a word begins with a digit (`3rd`, `1990s`) or is made of cardinals."""
    if word.lstrip("+-.,#'")[:1].isdigit():
        return True
    return all(part in _CARDINALS for part in word.split("-"))


def _is_contraction(word: str) -> bool:
    """Whether a given token is made of function words alone: `can't`, not `John's`."""
    parts = Tokenizer().tokenize(word)
    return len(parts) > 1 and all(part in FUNCTION_WORDS for part in parts)
