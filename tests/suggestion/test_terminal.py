"""Tables are plain and aligned; the prompt stays out of the data."""

from __future__ import annotations

import contextlib
import io
import os
import select
import sys

import pytest

from app.suggestion.terminal import can_draw, read_lines, table


def answer(text: str = "The clouds", num_blanks: int = 1):
    suggestions = [
        {"word": "are", "probability": 0.5},
        {"word": "gathered", "probability": 0.05},
    ]
    return {"text": text, "blanks": [{"suggestions": suggestions}] * num_blanks}


class Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def __init__(self, content: bytes = b"", encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(content), encoding=encoding)

    def isatty(self) -> bool:
        return True


def test_a_table_is_aligned():
    assert table(answer(), bars=False).split("\n") == [
        "The clouds",
        "  are       50.0 %",
        "  gathered   5.0 %",
    ]


def test_bars_show_the_probability():
    assert "50.0 %  " + "▇" * 10 + "\n" in table(answer(), bars=True)


def test_several_blanks_are_numbered():
    lines = table(answer(num_blanks=2), bars=False).split("\n")
    assert [line for line in lines if "blank" in line] == [" blank 1", " blank 2"]


def test_the_mass_of_words_not_tried_is_told():
    filled = {"text": "a ___ b", "blanks": [{"suggestions": [], "unexamined": 0.125}]}
    assert table(filled, bars=False).endswith("(other words, not tried: 12.5 %)")


def test_of_a_long_text_the_end_is_shown_on_one_line():
    first = table(answer("word\n" * 1000 + "end"), bars=False).split("\n")[0]
    assert len(first) == 72
    assert first.startswith("...") and first.endswith("word end")


@pytest.mark.parametrize(
    ("term", "encoding", "expected"),
    [("xterm", "utf-8", True), ("dumb", "utf-8", False), ("xterm", "latin-1", False)],
)
def test_bars_are_for_terminals_that_show_them(monkeypatch, term, encoding, expected):
    monkeypatch.setenv("TERM", term)
    assert can_draw(Terminal(encoding=encoding)) is expected
    assert not can_draw(io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))


def test_a_pipe_is_read_line_by_line_without_a_prompt(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO("one\r\n\ntwo"))
    assert list(read_lines()) == ["one", "", "two"]
    assert capsys.readouterr() == ("", "")


def test_a_terminal_gets_a_prompt_that_is_never_mixed_into_data(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", Terminal(b"one\ntwo\n"))
    assert list(read_lines()) == ["one", "two"]
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("> > ")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(("key", "status"), [(b"\x04", 0), (b"\x03", 130)])
def test_the_shell_gets_a_line_of_its_own_after_the_prompt(key, status):
    """Ctrl-D and Ctrl-C left the shell's prompt on the line of ours."""
    import pty

    source = (
        "from app.console import run\n"
        "from app.suggestion.terminal import read_lines\n"
        "raise SystemExit(run(lambda: len(list(read_lines()))))"
    )
    process, terminal = pty.fork()
    if process == 0:
        os.execv(sys.executable, [sys.executable, "-c", source])
    shown = b""
    while b"> " not in shown:
        shown += os.read(terminal, 1000)
    os.write(terminal, key)
    with contextlib.suppress(OSError):  # Linux says EIO when the other side is closed
        more = shown
        while more:
            if select.select([terminal], [], [], 5.0)[0]:
                more = os.read(terminal, 1000)
                shown += more
            else:  # the key came before the prompt was ready for it, and is lost
                os.write(terminal, key)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == status
    assert shown.endswith(b"\n")
    assert b"Traceback" not in shown
