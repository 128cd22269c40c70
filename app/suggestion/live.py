"""The live prompt: grey ghost text behind the caret, a list below, keys to take words.

A terminal and a composer enter; finished lines leave. prompt_toolkit draws and reads
keys; which words are offered is the composer's business. The lines of this run are the
history, in memory only.
"""

from __future__ import annotations

from collections.abc import Iterator

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent, merge_key_bindings
from prompt_toolkit.key_binding.defaults import load_key_bindings
from prompt_toolkit.layout import ConditionalContainer, HSplit, Layout, Window
from prompt_toolkit.layout.controls import BufferControl, FormattedTextControl
from prompt_toolkit.layout.processors import (
    BeforeInput,
    Processor,
    Transformation,
    TransformationInput,
)
from prompt_toolkit.styles import Style

from app.errors import UserError
from app.suggestion.composing import CLOSING_MARKS, Composer, Line, View

HELP = """\
Tab or → takes the grey word, Alt-1 to Alt-5 one of the list, Esc hides them.
Enter ends a line, Ctrl-D the session."""

_STYLE = Style.from_dict({"ghost": "ansibrightblack", "number": "ansibrightblack"})
_PROMPT = "> "
_BAR_WIDTH = 16


class LivePrompt:
    """Reads lines and offers words while they are typed.

    Args:
        composer: knows what to offer.
    """

    def __init__(self, composer: Composer) -> None:
        self._composer = composer
        self._is_hidden = False
        self._added_space_at = -1  # caret behind a space that no key typed
        self._buffer = Buffer(
            history=InMemoryHistory(),
            multiline=False,
            on_text_changed=lambda _: self._on_change(),
            accept_handler=lambda buffer: self._app.exit(result=buffer.text) or True,
        )
        self._app: Application[str] = Application(
            layout=Layout(self._rows()),
            key_bindings=merge_key_bindings([load_key_bindings(), self._keys()]),
            style=_STYLE,
            erase_when_done=False,
        )
        self._app.ttimeoutlen = 0.05  # how long Esc waits for the rest of a key

    def lines(self) -> Iterator[str]:
        """Yields every line that is finished with Enter, until Ctrl-D.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed.
        """
        while True:
            try:
                line = self._app.run()
            except EOFError:
                return
            self._buffer.reset(append_to_history=True)
            self._composer.finish(line)
            yield line

    # -- what is seen -----------------------------------------------------------------

    def _rows(self) -> HSplit:
        processors = [BeforeInput(_PROMPT), _Ghost(self)]
        control = BufferControl(self._buffer, input_processors=processors)
        below = FormattedTextControl(self._list)
        return HSplit(
            [
                Window(control, wrap_lines=True, dont_extend_height=True),
                ConditionalContainer(
                    Window(below, dont_extend_height=True),
                    filter=Condition(lambda: bool(self._choices())),
                ),
            ]
        )

    def view(self) -> View | None:
        """What is offered now; None where nothing is to be seen."""
        line = Line(self._buffer.text, self._buffer.cursor_position)
        if self._is_hidden or self._app.is_done:
            return None
        try:
            return self._composer.show(line)
        except UserError:  # too many blanks, or nothing around them: no word helps
            return None

    def _list(self) -> StyleAndTextTuples:
        view = self.view()
        if view is None:
            return []
        width = max((len(it.word) for it in view.choices), default=0)
        rows: StyleAndTextTuples = []
        for number, (word, probability) in enumerate(view.choices, start=1):
            bar = "▇" * round(_BAR_WIDTH * probability)
            rows.append(("class:number", f"{chr(10) if rows else ''}  {number}  "))
            rows.append(("", f"{word:<{width}}  {100 * probability:4.1f} %  {bar}"))
        return rows

    # -- keys -------------------------------------------------------------------------

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()
        has_ghost = Condition(lambda: bool(self.ghost()))
        has_choice = Condition(lambda: bool(self._choices()))
        keys.add("right", filter=has_ghost)(lambda event: self._take(0))
        keys.add("c-right", filter=has_ghost)(lambda event: self._take(0))
        keys.add("c-e", filter=has_ghost)(lambda event: self._take(0))
        keys.add("tab", filter=has_choice)(lambda event: self._take(0))
        keys.add("tab", filter=~has_choice)(lambda event: None)
        for number in range(9):
            key = ("escape", str(number + 1))
            keys.add(*key)(lambda event, number=number: self._take(number))
        keys.add("escape")(lambda event: self._hide())
        keys.add("enter")(lambda event: self._buffer.validate_and_handle())
        keys.add("c-c")(lambda event: event.app.exit(exception=KeyboardInterrupt()))
        keys.add("c-d")(self._end)
        for sign in CLOSING_MARKS:
            keys.add(sign)(lambda event, sign=sign: self._close(sign))
        return keys

    def ghost(self) -> str:
        """The rest of the best word."""
        view = self.view()
        return view.ghost if view else ""

    def _choices(self) -> int:
        view = self.view()
        return len(view.choices) if view else 0

    def _take(self, number: int) -> None:
        view = self.view()
        if view and number < len(view.choices):
            text, caret = view.take(number)
            self._buffer.save_to_undo_stack()
            self._buffer.set_document(Document(text, caret))
            has_added = text[caret - 1 : caret] == " "
            self._added_space_at = caret if has_added else -1

    def _close(self, sign: str) -> None:
        """Types a sign; the space that a taken word got goes behind it."""
        buffer = self._buffer
        if buffer.cursor_position == self._added_space_at:
            buffer.delete_before_cursor()
        buffer.insert_text(sign)

    def _hide(self) -> None:
        self._is_hidden = True

    def _end(self, event: KeyPressEvent) -> None:
        if self._buffer.text:
            self._buffer.delete()
        else:
            event.app.exit(exception=EOFError())

    def _on_change(self) -> None:
        self._is_hidden = False
        if self._buffer.cursor_position != self._added_space_at:
            self._added_space_at = -1


class _Ghost(Processor):
    """Shows the rest of the best word behind the caret."""

    def __init__(self, prompt: LivePrompt) -> None:
        self._prompt = prompt

    def apply_transformation(
        self, transformation: TransformationInput
    ) -> Transformation:
        """Adds it to the last row of the line."""
        fragments = transformation.fragments
        if transformation.lineno == transformation.document.line_count - 1:
            fragments = [*fragments, ("class:ghost", self._prompt.ghost())]
        return Transformation(fragments=fragments)
