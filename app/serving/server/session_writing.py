"""A text that a client edits, and what it is answered: a session without its socket.

Frames enter in the order in which they were sent; for each of them one answer leaves,
in the same order. A change of the text counts at once, which costs nothing; the work
is done piece by piece, in whatever thread, and always for the newest message that has
come until then:

    client     1   2   3           4
    work       |--1--|    |--3--|   |--4--|
    answers          1      2 outdated, 3   4

A message that is refused changes nothing. Was it to change the text, nobody knows any
more what the client's text is, and its next edits would fall on wrong places; so they
are refused, too, until it sends all of the text.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple
from weakref import WeakKeyDictionary

from pydantic import ValidationError

from app.errors import UserError
from app.serving.server.api_types import SessionOptions
from app.serving.server.checks import check_text
from app.serving.server.errors import ServerError, fault_of, problem_of
from app.serving.server.models import ServedModels
from app.serving.server.session_messages import (
    Edit,
    Message,
    NoMessage,
    outdated,
    read_message,
    refusing,
    suggesting,
)
from app.serving.server.workers import LONG, Lane
from app.settings import Limits
from app.suggestion.predictor import Predictor
from app.suggestion.session import Session
from app.text.characters import check_characters


class Asked(NamedTuple):
    """A place of a text for which words are wanted.

    Attributes:
        place: of the message that asks, among all that came.
        number: its id.
        text: all of it.
        caret: where.
        options: how.
    """

    place: int
    number: int
    text: str
    caret: int
    options: SessionOptions


class Writing:
    """A text and the messages about it that wait for their answers.

    All but `work` belongs to one thread.

    Args:
        models: answer.
        limits: how long the text may be.

    Attributes:
        text: as it is after all messages.
        options: as they are after all messages.
    """

    def __init__(self, models: ServedModels, limits: Limits) -> None:
        self.text = ""
        self.options = SessionOptions()
        self._models = models
        self._limits = limits
        self._is_known = True
        self._num_unread = 0
        # What the messages that wait are answered, unless one is worked on before a
        # newer one comes: no text of theirs is kept but that of the newest.
        self._waiting: deque[str] = deque()
        self._num_answered = 0
        self._newest: Asked | None = None  # that waits
        # What has read the text, and for whom, while no piece of work is using it. It
        # does not keep the old version of a model alive for a client that is silent.
        self._reader: WeakKeyDictionary[Predictor, Session] = WeakKeyDictionary()

    @property
    def num_waiting(self) -> int:
        """How many messages have no answer yet."""
        return len(self._waiting)

    @property
    def newest(self) -> Asked | None:
        """The last message that is to be worked on; None if none is."""
        return self._newest

    # -- messages ---------------------------------------------------------------------

    def receive(self, frame: str) -> None:
        """Takes a frame."""
        try:
            message = read_message(frame)
        except NoMessage as error:
            self._refuse(error.number, error, error.has_text)
            return
        try:
            self._newest = self._take(message)
        except (ServerError, UserError) as error:
            has_text = message.text is not None or message.edit is not None
            self._refuse(message.number, error, has_text)
            return
        self._waiting.append(outdated(message.number))

    def _refuse(
        self, number: int | None, error: ServerError | UserError, has_text: bool
    ) -> None:
        self._waiting.append(refusing(number, _content(error)))
        self._is_known = self._is_known and not has_text

    def _take(self, message: Message) -> Asked:
        """What a message asks for, which counts from now on.

        Raises:
            ServerError: it cannot be; everything stays as it was.
            UserError: likewise.
        """
        text, options = self._text_after(message), self.options
        if message.options:
            options = self._options_after(message.options)
        caret = len(text) if message.caret is None else message.caret
        if not 0 <= caret <= len(text):
            raise ServerError(
                422, f"The caret is at {caret}, but the text ends at {len(text)}."
            )
        if message.text is not None or message.options:
            self._num_unread += len(text)
        elif message.edit is not None:
            self._num_unread += len(message.edit.inserted)
        self.text, self.options, self._is_known = text, options, True
        place = self._num_answered + len(self._waiting)
        return Asked(place, message.number, text, caret, options)

    def _text_after(self, message: Message) -> str:
        """The text as a message makes it."""
        if message.text is not None:
            check_text(message.text, self._limits)
            check_characters(message.text)
            return message.text
        if not self._is_known:
            raise ServerError(
                422,
                "An earlier message was refused, so that the text is not known any "
                'more. Send all of it, and the options again: {"text": ...}.',
            )
        if message.edit is None:
            return self.text
        return self._edited(message.edit)

    def _edited(self, edit: Edit) -> str:
        """The text after an edit."""
        start, end, inserted = edit
        if not 0 <= start <= end <= len(self.text):
            raise ServerError(
                422,
                f"The edit is from {start} to {end}, but the text has "
                f"{len(self.text)} characters (code points).",
            )
        check_characters(inserted)
        text = self.text[:start] + inserted + self.text[end:]
        check_text(text, self._limits)
        return text

    def _options_after(self, given: dict[str, object]) -> SessionOptions:
        """The options as a message makes them."""
        try:
            kept = self.options.model_dump()
            options = SessionOptions.model_validate({**kept, **given})
        except ValidationError as error:
            raise ServerError(422, f"options.{problem_of(error.errors())}") from error
        self._models.get(options.model)  # or there is none
        return options

    # -- answers ----------------------------------------------------------------------

    def lane(self) -> Lane:
        """Where the next piece of work belongs, after so much that is new."""
        num_unread, self._num_unread = self._num_unread, 0
        return "slow" if num_unread >= LONG else "quick"

    def work(self) -> tuple[Asked, str]:
        """Works on the newest message; that message, and its answer.

        May run in any thread. Who stops waiting for it does not stop it: the next
        piece of work then reads the text on its own.

        Raises:
            RuntimeError: there is no such message.
        """
        asked = self._newest
        if asked is None:
            raise RuntimeError("nothing is to be worked on")
        try:
            return asked, self._answer(asked)
        except (ServerError, UserError) as error:
            return asked, refusing(asked.number, _content(error))
        except Exception as error:
            return asked, refusing(asked.number, fault_of(error).content)

    def answers(self, asked: Asked | None, answer: str = "") -> list[str]:
        """The answers to the messages up to one that was worked on.

        Args:
            asked: this message; None where there is none, since all are refused.
            answer: its own.
        """
        if asked is self._newest:
            self._newest = None
        end = self._num_answered + len(self._waiting) if asked is None else asked.place
        found = [self._waiting.popleft() for _ in range(end - self._num_answered)]
        if asked is not None:
            self._waiting.popleft()
            found.append(answer)
        self._num_answered += len(found)
        return found

    def _answer(self, asked: Asked) -> str:
        _, number, text, caret, options = asked
        model = self._models.get(options.model)
        predictor = model.predictor(
            options.parts, memory=options.memory, temperature=options.temperature
        )
        # Another predictor stands for another version of the model, other parts of it,
        # or a memory that has learned something: it reads the text anew.
        session = self._reader.pop(predictor, None) or predictor.session()
        session.set(text, caret)
        found = session.complete(
            options.top, typing=True, forgiving=options.forgiving, once=options.once
        )
        begin = session.begin
        if self._reader:
            self._reader.clear()
        self._reader[predictor] = session
        found = [it for it in found if it.probability >= options.confidence]
        return suggesting(number, found, begin, caret, model.who)


def _content(error: ServerError | UserError) -> dict[str, object]:
    return error.content if isinstance(error, ServerError) else {"error": str(error)}
