"""What the tests of the typist share: a tiny predictor, texts, and a slow typist."""

from __future__ import annotations

from hypothesis import strategies as st

from app.evaluation.keystrokes.rules import TypistRules
from app.evaluation.keystrokes.words import wanted_words
from app.language.contract import LanguageModel
from app.language.network import Network
from app.suggestion.predictor import Predictor
from app.text.tokenizer import Tokenizer
from tests.fakes import Oracle
from tests.tiny import tiny_architecture, tiny_vocabulary, tiny_weights


def predictor(model: LanguageModel | None = None) -> Predictor:
    architecture = tiny_architecture()
    model = model or Network(architecture, tiny_weights(architecture))
    return Predictor(tiny_vocabulary(), Tokenizer(), model)


def oracle(text: str) -> Predictor:
    """Knows what is typed: certain of each next token of `text`."""
    vocabulary = tiny_vocabulary()
    ids = vocabulary.encode(Tokenizer().tokenize(text))
    return predictor(Oracle(vocabulary.size, ids))


# Known and unknown words, capitals, contractions, and all marks that matter.
_WORDS = (
    "the The cat CAT mat clouds London Paris it's It's don't can't we'll Mr. U.S. "
    "Zaphod zaphod cat's well-known 42 1,000 sky are rain and/or"
).split()
_FRONTS = ["", "", "", '"', "(", "'", "--"]
_ENDS = ["", "", "", ".", ",", "!", '."', ")", "'", "--", "..."]
_chunks = st.builds(
    "{}{}{}".format,
    st.sampled_from(_FRONTS),
    st.sampled_from(_WORDS),
    st.sampled_from(_ENDS),
)
paragraphs = st.lists(_chunks, max_size=8).map(" ".join)
documents = st.lists(st.lists(paragraphs, max_size=3), min_size=1, max_size=3)
rules = st.builds(
    TypistRules,
    slots=st.sampled_from([(1, 3, 5), (1, 2), (4,)]),
    before_first_letter=st.booleans(),
    selection_adds_space=st.booleans(),
    marks_take_space_back=st.booleans(),
    end_key=st.booleans(),
    match_case=st.booleans(),
    one_text=st.booleans(),
    offer_once=st.booleans(),
    words_only=st.booleans(),
)


def slow_keys(
    whole: Predictor, text_in_front: str, text: str, size: int, rules: TypistRules
) -> int:
    """Keys pressed for a paragraph, one after the other; every list is asked for anew.

    A line is really edited here: a selection writes its space into it, which then is
    typed over, pushed on or deleted.
    """
    ends = dict(wanted_words(text, whole.tokenizer))
    begin = end = -1
    line, keys = "", 0
    passed_over: set[str] = set()
    while line != text:
        place = len(line)
        if place in ends:
            begin, end = place, ends[place]
            passed_over = set()
        behind = text[end : end + 1]
        if begin + (not rules.before_first_letter) <= place < end:
            with_space = line + text[place:end]
            cost = 1
            if rules.selection_adds_space:
                if behind.isspace():
                    with_space += " "
                elif behind and not (
                    rules.marks_take_space_back and behind in ".,;:!?)]}"
                ):
                    cost += 1  # deletes it
            many = size + len(passed_over)
            answer = whole.complete(text_in_front + line, top=many, typing=True)
            words = [it["word"] for it in answer["blanks"][0]["suggestions"]]
            words = [it for it in words if it.lower() not in passed_over][:size]
            if rules.offer_once:
                passed_over |= {it.lower() for it in words}
            if not rules.match_case:
                words = [word.lower() for word in words]
            whole_word = text[begin:end]
            wanted = {whole_word, "'" + whole_word if text[begin - 1] == "'" else ""}
            if not rules.match_case:
                wanted = {word.lower() for word in wanted}
            saves = len(with_space) - place > cost
            if saves and wanted & {*words}:
                line, keys = with_space, keys + cost
                continue
        line, keys = line + text[place], keys + 1
    return keys + rules.end_key
