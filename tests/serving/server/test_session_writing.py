"""The protocol of a session without a socket: every message one answer, in order."""

from __future__ import annotations

import gc
import itertools
import json
import logging
import tracemalloc
import weakref
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.serving.server.memory import PersonalMemory
from app.serving.server.models import ServedModels
from app.serving.server.session_writing import Writing
from app.settings import Limits, Parts
from app.suggestion.memory import Memory
from app.suggestion.predictor import Predictor
from app.suggestion.prefix import split_prefix
from app.suggestion.session import Session
from tests.tiny import tiny_architecture, write_tiny_model

LIMITS = Limits(text_characters=200)


@pytest.fixture(scope="module")
def models(model_path):
    return ServedModels({"tiny": model_path})


@pytest.fixture(autouse=True, scope="module")
def no_remarks():
    """They would be kept, a line for every text that is read anew."""
    logging.getLogger("app.suggestion").setLevel(logging.ERROR)
    yield
    logging.getLogger("app.suggestion").setLevel(logging.NOTSET)


@pytest.fixture
def writing(models):
    return Writing(models, LIMITS)


class Typist:
    """Sends messages, and keeps what they should be answered.

    Args:
        models: answer.
    """

    def __init__(self, models: ServedModels) -> None:
        self.writing = Writing(models, LIMITS)
        self.models = models
        self.text = ""
        self.options: dict[str, Any] = {}
        self.is_known = True
        self.expected: list[tuple[int | None, Any]] = []  # id, and what it asked for
        self.answers: list[dict[str, Any]] = []
        self.ids = itertools.count()
        self.done: tuple[Any, ...] | None = None  # a piece of work not yet answered

    def send(self, message: dict[str, Any] | str, *, is_good: bool = True) -> None:
        """Sends a message."""
        if isinstance(message, str):
            self.expected.append((None, None))
            self.is_known = False
            self.writing.receive(message)
            return
        message = {"id": next(self.ids), **message}
        self.writing.receive(json.dumps(message))
        changes = "text" in message or "edit" in message
        if not is_good or not (self.is_known or "text" in message):
            self.is_known = self.is_known and not changes
            self.expected.append((message["id"], None))
            return
        self.text, self.is_known = self.after(message), True
        self.options |= message.get("options", {})
        caret = message.get("caret", len(self.text))
        asked = (self.text, caret, dict(self.options))
        self.expected.append((message["id"], asked))

    def after(self, message: dict[str, Any]) -> str:
        """The text after a good message."""
        if "edit" in message:
            start, end, inserted = message["edit"]
            characters = list(self.text)
            characters[start:end] = inserted
            return "".join(characters)
        return message.get("text", self.text)

    def begin(self) -> None:
        """Lets it work once, as far as there is anything to do."""
        if self.done is None:
            self.done = self.writing.work() if self.writing.newest else (None,)

    def end(self) -> None:
        """Takes the answers up to what it has worked on."""
        # With nothing to work on, one does not wait for anything.
        if self.done == (None,) and self.writing.newest:
            self.done = None
        self.begin()
        self.answers += map(json.loads, self.writing.answers(*self.done))
        self.done = None

    def check(self) -> None:
        """Compares all answers with those of a predictor that reads anew."""
        assert not self.writing.num_waiting
        assert [it["id"] for it in self.answers] == [it[0] for it in self.expected]
        for answer, (_, asked) in zip(self.answers, self.expected, strict=True):
            assert ("error" in answer) == (asked is None)
            if "suggestions" in answer:
                check(answer, self.models, *asked)


def check(
    answer: dict[str, Any],
    models: ServedModels,
    text: str,
    caret: int,
    options: dict[str, Any],
) -> None:
    """Compares an answer with that of a predictor that reads anew."""
    options = {"top": 5, "confidence": 0.0, "forgiving": False} | options
    predictor = models.get().predictor(
        Parts(ngrams=options.get("ngrams", True), cache=options.get("cache", True)),
        temperature=options.get("temperature", 1.0),
    )
    names = "top", "confidence", "forgiving"
    whole = predictor.complete(
        text[:caret], typing=True, **{name: options[name] for name in names}
    )
    expected = whole["blanks"][0]["suggestions"]
    found = answer["suggestions"]
    assert [it["word"] for it in found] == [it["word"] for it in expected]
    for one, other in zip(found, expected, strict=True):
        assert one["probability"] == pytest.approx(other["probability"], rel=1e-4)
    left, _ = split_prefix(text[:caret], predictor.offers)
    assert (answer["begin"], answer["end"]) == (len(left), caret)
    assert answer["model"] == {"name": "tiny", "version": 1}


PIECES = ["the ", "cat", "s", " ", "It", "'s", "(Lon", ".", "\n\n", "\U0001f468\u200d"]
PIECES += ["\U0001f469", "e\u0301", "don", "'t", "___", "Zaphod ", "za", "42", "ΟΔΟΣ"]
GARBAGE = ["", "[]", "{", "null", '{"text": "the"}', "[" * 100_000, "9" * 5000, "NaN"]
MISTAKES: list[dict[str, Any]] = [
    {"id": True},
    {"id": -1},
    {"id": 2**53},
    {"id": "1"},
    {"id": 1.0},
    {"text": 1},
    {"text": None},
    {"text": "the", "edit": [0, 0, ""]},
    {"text": "\ud800"},
    {"text": "a" * 201},
    {"text": "the", "caret": 4},
    {"text": "the", "caret": -1},
    {"text": "the", "caret": True},
    {"text": "the", "txt": "the"},
    {"edit": []},
    {"edit": [0, 0]},
    {"edit": [0, 0, 0]},
    {"edit": [False, 0, ""]},
    {"edit": [0, 0, "", ""]},
    {"edit": {"start": 0}},
    {"edit": [1, 0, ""]},
    {"edit": [-1, 0, ""]},
    {"edit": [0, 201, ""]},
    {"edit": [0, 0, "\udfff"]},
    {"edit": [0, 0, "a" * 201]},
    {"caret": 201},
    {"caret": 1.5},
    {"options": []},
    {"options": {"top": 0}},
    {"options": {"top": 51}},
    {"options": {"top": "5"}},
    {"options": {"confidence": 1.1}},
    {"options": {"confidence": float("nan")}},
    {"options": {"temperature": 0}},
    {"options": {"temperature": float("inf")}},
    {"options": {"once": 1}},
    {"options": {"model": "other"}},
    {"options": {"words": 2}},
    {"options": {"\ud800": 2}},
]
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "top": st.integers(1, 50),
        "confidence": st.sampled_from([0.0, 0.1]),
        "temperature": st.sampled_from([0.5, 1, 2.0]),
        "forgiving": st.booleans(),
        "ngrams": st.booleans(),
        "cache": st.booleans(),
        "memory": st.booleans(),
        "model": st.sampled_from([None, "tiny"]),
    },
)


@st.composite
def scripts(draw) -> list[tuple[str, Any]]:
    """What is done: shares of the text instead of places, which are known later."""
    kinds = ["type", "type", "type", "replace", "text", "move", "options"]
    kind = st.sampled_from([*kinds, "mistake", "garbage", "begin", "end", "end"])
    share = st.floats(0, 1) | st.just(1.0)
    step = st.tuples(kind, share, share, st.lists(st.sampled_from(PIECES), max_size=4))
    return draw(st.lists(step, max_size=25))


@settings(max_examples=300)
@given(scripts(), st.data())
def test_answers_are_those_of_reading_anew_each_id_once_and_in_order(
    models, script, data
):
    typist = Typist(models)
    for kind, one, other, pieces in script:
        length, inserted = len(typist.text), "".join(pieces)[: 200 - len(typist.text)]
        start, end = sorted([round(one * length), round(other * length)])
        match kind:
            case "type":
                typist.send({"edit": [start, start, inserted]})
            case "replace":
                caret = round(one * (length - (end - start) + len(inserted)))
                typist.send({"edit": [start, end, inserted], "caret": caret})
            case "text":
                typist.send({"text": inserted})
            case "move":
                typist.send({"caret": start})
            case "options":
                typist.send({"options": data.draw(OPTIONS)})
            case "mistake":
                mistake = data.draw(st.sampled_from(MISTAKES))
                if "id" not in mistake:
                    typist.send(mistake, is_good=False)
            case "garbage":
                typist.send(data.draw(st.sampled_from(GARBAGE)))
            case "begin":
                typist.begin()
            case "end":
                typist.end()
    while typist.writing.num_waiting:
        typist.end()
    typist.check()


@pytest.mark.parametrize("mistake", MISTAKES, ids=ascii)
def test_a_mistake_is_told_and_leaves_everything_as_it_was(writing, mistake):
    writing.receive('{"id": 1, "text": "the c", "options": {"top": 3}}')
    [good] = writing.answers(*writing.work())
    text, options = writing.text, writing.options
    writing.receive(json.dumps({"id": 2, **mistake}))
    assert (writing.text, writing.options, writing.newest) == (text, options, None)
    [answer] = map(json.loads, writing.answers(None))
    assert answer["id"] == (None if "id" in mistake else 2)
    assert answer["error"].endswith(".")
    writing.receive('{"id": 3, "text": "the c"}')
    [again] = writing.answers(*writing.work())
    assert again == good.replace('"id":1', '"id":3')


@pytest.mark.parametrize("garbage", GARBAGE, ids=lambda it: ascii(it[:20]))
def test_garbage_is_told_to_be_no_message(writing, garbage):
    writing.receive(garbage)
    [answer] = map(json.loads, writing.answers(None))
    assert answer["id"] is None
    assert answer["error"].startswith("A message ")


def test_after_a_change_that_was_refused_edits_wait_for_the_whole_text(writing):
    writing.receive('{"id": 1, "text": "the "}')
    writing.receive('{"id": 2, "edit": [9, 9, "c"]}')
    writing.receive('{"id": 3, "edit": [5, 5, "a"]}')  # right behind the "c"
    writing.receive('{"id": 4, "caret": 0}')
    asked, answer = writing.work()
    answers = [json.loads(it) for it in writing.answers(asked, answer)]
    answers += [json.loads(it) for it in writing.answers(None)]
    assert [it["id"] for it in answers] == [1, 2, 3, 4]
    assert [("error" in it) for it in answers] == [False, True, True, True]
    assert "Send all of it" in answers[2]["error"]
    writing.receive('{"id": 5, "text": "the ca"}')
    writing.receive('{"id": 6, "edit": [6, 6, "t"]}')
    assert (writing.text, writing.newest.number) == ("the cat", 6)


def test_mistakes_beside_the_text_do_not_hinder_the_next_edit(writing):
    writing.receive('{"id": 1, "text": "the "}')
    writing.receive('{"id": 2, "options": {"top": 0}}')
    writing.receive('{"id": 3, "edit": [4, 4, "c"]}')
    assert writing.text == "the c"
    answers = [json.loads(it) for it in writing.answers(*writing.work())]
    assert list(answers[0]) == ["id", "outdated"]
    assert list(answers[1]) == ["id", "error"]
    assert list(answers[2]) == ["id", "suggestions", "begin", "end", "model"]


def test_a_limit_is_told_with_its_name(writing):
    writing.receive(json.dumps({"id": 1, "text": "a" * 201}))
    [answer] = map(json.loads, writing.answers(None))
    assert (answer["limit"], answer["value"]) == ("text_characters", 200)


def test_places_are_counted_in_code_points(writing):
    writing.receive('{"id": 1, "text": "\\ud83d\\ude00 the "}')
    writing.receive('{"id": 2, "edit": [2, 5, "a"], "caret": 3}')
    assert writing.text == "\U0001f600 a "
    [_, answer] = map(json.loads, writing.answers(*writing.work()))
    assert (answer["begin"], answer["end"]) == (2, 3)


def test_a_message_that_comes_during_the_work_is_worked_on_next(writing):
    writing.receive('{"id": 1, "text": "the "}')
    done = writing.work()
    writing.receive('{"id": 2, "edit": [4, 4, "c"]}')
    assert [json.loads(it)["id"] for it in writing.answers(*done)] == [1]
    assert writing.newest.number == 2
    assert [json.loads(it)["id"] for it in writing.answers(*writing.work())] == [2]
    assert writing.newest is None


def test_what_came_after_a_piece_that_was_given_up_is_worked_on(writing):
    writing.receive('{"id": 1, "text": "the "}')
    given_up = writing.newest
    writing.receive('{"id": 2, "edit": [4, 4, "c"]}')
    assert writing.answers(given_up, "too late") == ["too late"]
    assert writing.newest.number == 2
    assert [json.loads(it)["id"] for it in writing.answers(*writing.work())] == [2]


def test_messages_that_wait_keep_no_text_but_that_of_the_newest(models):
    writing = Writing(models, Limits())
    tracemalloc.start()
    try:
        writing.receive(json.dumps({"id": 0, "text": "a" * 100_000}))
        for number in range(1, 100):
            writing.receive(json.dumps({"id": number, "edit": [0, 1, "b"]}))
        assert tracemalloc.get_traced_memory()[0] < 1_000_000
    finally:
        tracemalloc.stop()
    answers = [json.loads(it) for it in writing.answers(*writing.work())]
    assert [it["id"] for it in answers] == list(range(100))


def words(writing: Writing, number: int) -> list[str]:
    [answer] = map(json.loads, writing.answers(*writing.work()))
    assert answer["id"] == number
    return [it["word"] for it in answer["suggestions"]]


def test_what_was_passed_over_is_offered_once(writing):
    writing.receive('{"id": 1, "text": "the ", "options": {"once": true, "top": 2}}')
    first = words(writing, 1)
    writing.receive(json.dumps({"id": 2, "edit": [4, 4, first[0][0]]}))
    assert not set(first) & set(words(writing, 2))


def sessions_made(writing: Writing, *messages: str) -> int:
    """How many sessions read texts anew for some messages."""
    with patch.object(Predictor, "session", autospec=True) as made:
        made.side_effect = session_of
        for message in messages:
            writing.receive(message)
            writing.answers(*writing.work())
    return made.call_count


def session_of(predictor: Predictor) -> Session:
    parts = predictor.tokenizer, predictor.model, predictor.block_list
    return Session(predictor.offers, *parts)


def test_a_text_is_read_anew_only_when_another_predictor_answers(writing):
    keys = [f'{{"id": {n}, "edit": [{n}, {n}, "a"]}}' for n in range(5)]
    assert sessions_made(writing, *keys, '{"id": 5, "options": {"top": 3}}') == 1
    assert sessions_made(writing, '{"id": 6, "options": {"cache": false}}') == 1
    assert sessions_made(writing, '{"id": 7, "options": {"temperature": 2}}') == 1


def test_a_new_version_of_the_model_answers_the_next_message(tmp_path):
    path = write_tiny_model(tmp_path / "tiny")
    models = ServedModels({"tiny": path})
    writing = Writing(models, LIMITS)
    writing.receive('{"id": 1, "text": "the ", "options": {"top": 50}}')
    before = words(writing, 1)
    write_tiny_model(path, tiny_architecture("gru"), seed=1)
    for _ in range(3):
        models.reload()
    writing.receive('{"id": 2, "caret": 4}')
    [answer] = map(json.loads, writing.answers(*writing.work()))
    assert answer["model"] == {"name": "tiny", "version": 2}
    assert [it["word"] for it in answer["suggestions"]] != before
    expected = models.get().predictor().complete("the ", top=50, typing=True)
    assert answer["suggestions"] == expected["blanks"][0]["suggestions"]


def test_a_silent_client_does_not_keep_the_old_version_alive(tmp_path):
    path = write_tiny_model(tmp_path / "tiny")
    models = ServedModels({"tiny": path})
    writing = Writing(models, LIMITS)
    writing.receive('{"id": 1, "text": "the "}')
    assert words(writing, 1)
    old = weakref.ref(models.get().predictor().model)
    write_tiny_model(path, seed=1)
    for _ in range(3):
        models.reload()
    gc.collect()
    assert old() is None
    writing.receive('{"id": 2, "caret": 4}')
    assert words(writing, 2)


def test_what_the_memory_learns_counts_from_the_next_message(models, writing):
    served, memory = models.get(), Memory()
    memory.accept(["Zarniwoop"] * 3)
    writing.receive('{"id": 1, "text": "Za"}')
    assert "Zarniwoop" not in words(writing, 1)
    with (
        patch.object(PersonalMemory, "now", lambda self: memory),
        patch.object(served, "_memory", PersonalMemory.__new__(PersonalMemory)),
    ):
        writing.receive('{"id": 2, "caret": 2}')
        assert words(writing, 2) == ["Zarniwoop"]
        writing.receive('{"id": 3, "options": {"memory": false}}')
        assert "Zarniwoop" not in words(writing, 3)


def test_a_piece_that_nobody_waits_for_does_not_share_its_reader(models):
    """Were it given up, the next piece would run beside it."""
    writing = Writing(models, LIMITS)
    writing.receive('{"id": 1, "text": "the "}')
    writing.answers(*writing.work())
    writing.receive('{"id": 2, "text": "the c"}')
    second, used = Session.complete, []

    def complete(session: Session, *args: Any, **options: Any) -> Any:
        used.append(session)
        if len(used) == 1:  # in the midst of it the next one begins
            writing.receive('{"id": 3, "text": "the cat"}')
            writing.work()
        return second(session, *args, **options)

    with patch.object(Session, "complete", complete):
        writing.work()
    assert len({*map(id, used)}) == 2


def test_a_fault_is_told_and_logged_without_what_was_typed(writing, caplog):
    writing.receive('{"id": 1, "text": "a secret"}')
    with (
        caplog.at_level(logging.DEBUG),
        patch.object(Session, "set", side_effect=KeyError("a secret")),
    ):
        [answer] = map(json.loads, writing.answers(*writing.work()))
    assert answer["error"] == "The server made a mistake; it is in its log."
    assert "KeyError" in caplog.text
    assert "secret" not in caplog.text
    writing.receive('{"id": 2, "edit": [8, 8, "s"]}')
    assert words(writing, 2) is not None


def test_much_new_text_is_read_in_the_slow_lane(models):
    writing = Writing(models, Limits())
    lanes = []
    for message in (
        {"text": "the " * 6000},
        {"edit": [0, 0, "a"]},
        {"edit": [5, 5, "the " * 6000]},
        {"options": {"cache": False}},
        {"text": "the"},
    ):
        writing.receive(json.dumps({"id": 1, **message}))
        lanes.append(writing.lane())
        writing.answers(writing.newest)
    assert lanes == ["slow", "quick", "slow", "slow", "quick"]


def test_twenty_thousand_characters_are_pasted_and_taken_back(models, predictor):
    writing = Writing(models, Limits())
    pasted = "It's raining in London. " * 834
    steps = [
        {"text": "the c"},
        {"edit": [5, 5, pasted]},
        {"edit": [5, 5 + len(pasted), ""]},
        {"edit": [0, 5, ""]},
        {"edit": [0, 0, "the c"]},
    ]
    for number, step in enumerate(steps):
        writing.receive(json.dumps({"id": number, **step}))
        whole = predictor.complete(writing.text, typing=True)["blanks"][0]
        expected = [it["word"] for it in whole["suggestions"]]
        assert words(writing, number) == expected
