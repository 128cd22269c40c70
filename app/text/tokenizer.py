r"""Text in, tokens out: the one rule by which Nextword cuts text.

Tokens are cut as in the Penn Treebank and so as in GloVe: punctuation stands alone,
contractions are split (`do n't`, `it 's`), numbers and hyphenated words stay whole.
The rule is written as data, `RULES`, because it has two readers: `Tokenizer` here,
and the graph of the exported model, where TensorFlow's RE2 applies the same pairs.

What both readers do, in this order:

1. replace by every pair of `SUBSTITUTIONS`, then by every pair of `RULES`; each pair
   goes over the whole text once, leftmost match first, and `\1` means the group;
2. split at single spaces and drop empty pieces: these are the tokens as written;
3. replace in them by every pair of `FOLDINGS`, then lower-case them: these are the keys
   of the vocabulary.

So the patterns keep to what RE2 and the `regex` package read alike: no look-around,
no `\s \w \b` (ASCII only in RE2), no `(?i)` (it folds other letters), no empty match.
Compared on every code point and on random text, they differ in 40 letters alone, all
new since Unicode 13 (Vithkuqi and the like), which TensorFlow 2.21 cannot lower-case.

This module knows nothing about vocabularies or ids.
"""

from __future__ import annotations

import regex

from app.text.characters import plain_characters

CLITICS = ("n't", "'s", "'re", "'ve", "'ll", "'d", "'m")
"""Tokens that are written together with the word before them."""

BOUND_HOSTS = ("ca", "wo", "sha")
"""What is left of can't, won't and shan't: no words without the n't."""

_SUBJECTS = tuple(
    "i you he she it we they ye who what there that this where how".split()
)
HOSTS = {
    "n't": tuple(
        "do does did ca could wo would sha should must may might need ought dare is "
        "are was were has have had ai".split()
    ),
    "'re": tuple("you we they ye who what where there how why these those".split()),
    "'ve": tuple(
        "i you we they ye who what there could would should must may might".split()
    ),
    "'ll": _SUBJECTS,
    "'d": _SUBJECTS,
    "'m": ("i",),
}
"""The words that make a contraction with a clitic; `'s` follows any but these verbs.

Counted in three million words of novels they are 92 % of what stands before `'d`, the
rest mostly spelling of the time (`reach'd`), and 96 to 100 % before the others.
"""

# RE2 in TensorFlow 2.21 knows an older Unicode than the regex package: the symbols
# added since are named one by one, and both readers agree on every code point.
_NEWER_SYMBOLS = (
    "\u1b4e\u1b4f\u1b7f\u20a0-\u20cf\u2427-\u243f\u2b96\u2e60-\u2e7f\u2ff0-\u2fff"
    "\u31e4-\u31ef\ufbc3-\ufbd2\ufd90\ufd91\ufdc8-\ufdce\U00010d6e\U00010d8e"
    "\U00010d8f\U00010ec9\U00010eca\U00010ed0-\U00010ed8\U000113d4\U000113d5"
    "\U000113d7\U000113d8\U00011be1\U00016d6d-\U00016d6f\U0001cc00-\U0001ccef"
    "\U0001ccfa-\U0001cfff\U0001d1eb-\U0001d1ff\U0001d250-\U0001d27f"
    "\U0001db00-\U0001db1c\U0001e5ff\U0001f000-\U0001fbef\U0001fbfa"
)
_NO_WORD = rf" \p{{P}}\p{{S}}{_NEWER_SYMBOLS}"
# Letters, digits, accents and what no version of Unicode has named yet.
_WORD = f"[^{_NO_WORD}]"

_JOINERS = "-'&_\u00b7\u05f4"

_URL = r'(?:[Hh][Tt][Tt][Pp][Ss]?://|[Ww][Ww][Ww]\.)[^ "<>]*[^ "<>.,:;!?\'()\[\]{}]'
# The bounds are those of RFC 5321; they also keep the search linear.
_EMAIL = (
    r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*"
)
_ABBREVIATION = (
    r"(?:[Mm]rs?|[Mm]s|[Dd]r|[Pp]rof|[Jj]r|[Ss]r|[Ee]tc|[Vv]s|[Ii]nc|[Ll]td|[Cc]orp"
    r"|[Cc]f|[Aa]pprox|[Vv]iz|St|Gov|Gen|Sen|Rep|Rev|Hon|Lt|Col|Capt|Sgt|Mt|Ft|Bros"
    r"|Messrs|Mme|Mlle|Esq|Figs?|Nos|Vol|Ave|Blvd|al|pp"
    r"|Jan|Feb|Apr|Aug|Sept|Oct|Nov|Dec)\."
)
# U.S. e.g. J.R.R., F., Ph.D.; never "I."
_INITIALS = r"\p{L}\.(?:\p{L}\.)+|Ph\.D\.|[BM]\.Sc\.|[A-HJ-Z]\."
_LANGUAGE = r"[Cc]\+\+|[A-Z]#"  # C++ and C#; the latter is a note as well
# 3,000.50 12:30 1/2 v1.2.3 1,000-page 9:00-17:00; plain 42 is a _WORDS
_NUMBER = rf"[Vv]?[0-9]+(?:[.,:/][0-9]+)+(?:-{_WORD}+(?:[.,:/][0-9]+)*)*"
# mother-in-law, O'Brien, AT&T, don't, 1990s, snake_case; Catalan l·l, Hebrew initials
_WORDS = rf"{_WORD}+(?:[{_JOINERS}]{_WORD}+)*"
_TAG = rf"[#@]_*[^{_NO_WORD}0-9](?:{_WORD}|_)*"  # #tag, @name
_EMOTICON = r"[:;]-?\)|[:;]-[(DPp|/]"  # not ":(": laws have it "comprising:(a)"
# Flags, keycaps, and pictures with a skin tone or joined to others (a family).
_PICTURE = "[\u2190-\u2bff\U0001f000-\U0001faff][\U0001f3fb-\U0001f3ff]?"
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
_EMOJI = f"{_FLAG}|[#*]\u20e3|{_PICTURE}(?:\u200d+{_PICTURE})*"

# The first two are there for speed alone: they take most tokens at the first attempt.
_TOKEN = "|".join(
    (
        "[a-z]+ ",
        "[,;!?] ",
        _URL,
        _EMAIL,
        _ABBREVIATION,
        _INITIALS,
        _LANGUAGE,
        _NUMBER,
        _WORDS,
        _TAG,
        r"\.\.\.",
        "--",
        "'[Nn]'",  # rock 'n' roll
        _EMOTICON,
        _EMOJI,
        "[^ ]",
    )
)

# What begins with an apostrophe, without it.
_CLITIC = "[Ss]|[Rr][Ee]|[Vv][Ee]|[Ll][Ll]|[Dd]|[Mm]"
AFTER_APOSTROPHE = (
    f"{_CLITIC}|[Tt]is|[Tt]was|[Tt]were|[Tt]will|[Tt]would|[Ee]m|[Tt]il|[0-9]0s"
)
# Endings of domain and file names that are no words: "end.Start" is two sentences.
_NAME_ENDING = (
    "com|org|net|edu|gov|io|html?|pdf|txt|docx?|xlsx?|csv|tsv|jsonl?|xml|ya?ml"
    "|py|js|java|cpp|exe|zip|gz|jpe?g|png|gif|mp[34]|avi"
)

RULES: tuple[tuple[str, str], ...] = (
    (r"[\x00-\x1f\x7f]", " "),
    ("`", "'"),
    ("'{2,}", '"'),  # TeX's and old typists' quotation marks
    (r"\.{2,}|\.(?: +\.){2,}\.*", " ... "),
    ("-{2,}", " -- "),
    (f"({_TOKEN})", r" \1 "),
    # Every token has a space of its own on both sides now, so two spaces tell that
    # nothing stood between. A clitic ends a token; a bare quote followed at once by s
    # is one too, as in: "Hamlet"'s, it 's.
    (f"'  ((?:{AFTER_APOSTROPHE}) )", r"'\1"),
    (rf"([^ ])  \.  ((?:{_NAME_ENDING}) )", r"\1.\2"),
    # Twice, for "he'd've": one pass does not look back. Then n't, for "shouldn't've".
    *((f"('(?:{_CLITIC})) ", r" \1 "),) * 2,
    ("([Nn]'[Tt]) ", r" \1 "),
)

# Lower case but for one letter depends on no neighbour. That one is written out here,
# because the two readers disagree on which characters are letters.
FOLDINGS: tuple[tuple[str, str], ...] = (
    (f"({_WORD})Σ([{_NO_WORD}]|$)", r"\1ς\2"),
    ("Σ", "σ"),
)


class Tokenizer:
    """Cuts text into tokens and says which of them count as the same word.

    Args:
        pretokenized: the text is cut already: split it at ASCII white space and keep
            every token, and its case, as it is.

    >>> Tokenizer().tokenize("They can't see the U.S. flag.")
    ['They', 'ca', "n't", 'see', 'the', 'U.S.', 'flag', '.']
    >>> Tokenizer(pretokenized=True).tokenize("They can't <unk>.")
    ['They', "can't", '<unk>.']
    """

    def __init__(self, pretokenized: bool = False) -> None:
        self.pretokenized = pretokenized
        if pretokenized:
            # Not str.split(): it would also split at NBSP, U+2028 and the like,
            # which tf.strings.split leaves alone.
            self._pretokens = regex.compile(r"[^ \t\n\v\f\r]+")
        else:
            self._plain_characters = plain_characters()
            self._rules = _compiled(RULES)
            self._foldings = _compiled(FOLDINGS)

    def tokenize(self, text: str) -> list[str]:
        """The tokens of `text` as they are written there, in their order."""
        if self.pretokenized:
            return self._pretokens.findall(text)
        text = self._plain_characters(text)
        return _replaced(text, self._rules).split()

    def fold(self, token: str) -> str:
        """The key under which the vocabulary knows `token`: lower case."""
        if self.pretokenized:
            return token
        if "Σ" in token:
            token = _replaced(token, self._foldings)
        return token.lower()


def _compiled(rules: tuple[tuple[str, str], ...]) -> list[tuple[regex.Pattern, str]]:
    """Each pattern ready for use, beside its replacement."""
    return [(regex.compile(pattern), replacement) for pattern, replacement in rules]


def _replaced(text: str, pairs: list[tuple[regex.Pattern, str]]) -> str:
    """`text` after every pair, each over the whole of it once."""
    for pattern, replacement in pairs:
        text = pattern.sub(replacement, text)
    return text
