"""What a person sees around a command: one sentence, the right status, no traceback."""

import errno
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app import console
from app.console import catch_interrupt, progress_bar, run, without_chatter
from app.errors import UserError

ROOT = Path(__file__).parent.parent


def raiser(error: BaseException):
    def function() -> int:
        raise error

    return function


def run_python(source: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", source], cwd=ROOT, text=True, timeout=60, **options
    )


def test_the_status_of_the_function_is_the_status_of_the_command():
    assert run(lambda: 0) == 0
    assert run(lambda: 2) == 2


def test_a_user_error_is_one_line_on_stderr_and_status_2(capsys):
    assert run(raiser(UserError("book.txt is empty. Give another file."))) == 2
    assert capsys.readouterr() == ("", "error: book.txt is empty. Give another file.\n")


def test_ctrl_c_is_status_130():
    assert run(raiser(KeyboardInterrupt())) == 130


@pytest.mark.parametrize(
    "code", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.ENAMETOOLONG, errno.EDQUOT]
)
def test_a_disk_that_refuses_is_told_in_one_line(code, capsys):
    assert run(raiser(OSError(code, os.strerror(code), "models/a"))) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"error: models/a: {os.strerror(code)}. ")
    assert err.count("\n") == 1


def test_an_unknown_error_keeps_its_traceback():
    with pytest.raises(FileNotFoundError):
        run(raiser(FileNotFoundError(errno.ENOENT, "a mistake of ours", "x")))
    with pytest.raises(ValueError):
        run(raiser(ValueError("a mistake of ours")))


def test_remarks_of_the_package_go_to_stderr_and_those_of_libraries_nowhere(capsys):
    def function() -> int:
        logging.getLogger("app.text.corpus").info("3 files were skipped.")
        logging.getLogger("app.text.corpus").debug("not for people")
        logging.getLogger("gensim.corpora").info("chatter")
        return 0

    for _ in range(2):  # the second run says everything once, too
        assert run(function) == 0
        assert capsys.readouterr() == ("", "3 files were skipped.\n")


def test_the_handler_is_gone_after_the_run(caplog):
    run(lambda: 0)
    assert logging.getLogger("app").handlers == []
    with caplog.at_level(logging.INFO, logger="app"):
        logging.getLogger("app.text").info("seen")
    assert caplog.messages == ["seen"]


def test_a_reader_who_leaves_early_is_no_mistake():
    source = (
        "import sys\n"
        "from app.console import run\n"
        "def write():\n"
        "    for _ in range(100_000): print('a line')\n"
        "    return 0\n"
        "sys.exit(run(write))\n"
    )
    command = f'"{sys.executable}" -c "$SOURCE" | head -1; exit ${{PIPESTATUS[0]}}'
    shell = subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT,
        env={**os.environ, "SOURCE": source},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (shell.returncode, shell.stdout, shell.stderr) == (0, "a line\n", "")


def test_the_console_imports_nothing_heavy():
    source = (
        "import sys, app.console\n"
        "print(sorted({'rich', 'numpy', 'tensorflow', 'keras'} & set(sys.modules)))"
    )
    assert run_python(source, capture_output=True).stdout == "[]\n"


def test_progress_in_a_pipe_is_a_plain_line_now_and_then(capsys, monkeypatch):
    seconds = iter([0.0, 1.0, 40.0, 41.0, 80.0])
    monkeypatch.setattr(console.time, "monotonic", lambda: next(seconds))

    def function() -> int:
        with progress_bar("Training", 100) as report:
            report(1)
            report(25, "loss 4.31")
            report(26)
            report(50)
        return 0

    assert run(function) == 0
    assert capsys.readouterr() == (
        "",
        "Training: 25%, 2 min 2 s left, loss 4.31\nTraining: 50%, 1 min 21 s left\n",
    )


def test_the_time_left_of_a_resumed_run_does_not_count_what_was_done_before(
    capsys, monkeypatch
):
    seconds = iter([0.0, 1.0, 41.0])
    monkeypatch.setattr(console.time, "monotonic", lambda: next(seconds))

    def function() -> int:
        with progress_bar("Training", 1.0) as report:
            report(0.5)
            report(0.6)
        return 0

    assert run(function) == 0
    assert capsys.readouterr().err == "Training: 60%, 2 min 40 s left\n"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(
    ("settings", "has_bar", "has_colour"),
    [
        ({"TERM": "xterm-256color"}, True, True),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, True, False),
        ({"TERM": "dumb"}, False, False),
    ],
)
def test_a_terminal_gets_a_bar_in_the_colours_it_wants(settings, has_bar, has_colour):
    import pty

    source = (
        "from app.console import progress_bar\n"
        "with progress_bar('Training', 10) as report:\n"
        "    report(5, 'loss [4.31]')\n"
    )
    unset = {"NO_COLOR", "FORCE_COLOR", "COLORTERM", "TERM"}
    environment = {k: v for k, v in os.environ.items() if k not in unset} | settings
    ours, theirs = pty.openpty()
    child = run_python(source, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    shown = read_all(ours)
    assert child.returncode == 0
    assert ("Training" in shown and "loss [4.31]" in shown) == has_bar
    assert ("\x1b[38" in shown or "\x1b[3" in shown.replace("\x1b[?", "")) == has_colour


def read_all(descriptor: int) -> str:
    shown = b""
    try:
        while block := os.read(descriptor, 65536):
            shown += block
    except OSError:  # Linux says EIO when the other side is closed
        pass
    os.close(descriptor)
    return shown.decode()


def test_the_first_ctrl_c_is_asked_for_and_the_second_interrupts():
    before = signal.getsignal(signal.SIGINT)
    with catch_interrupt() as is_interrupted:
        assert not is_interrupted()
        os.kill(os.getpid(), signal.SIGINT)
        assert is_interrupted()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_chatter_of_libraries_is_dropped_and_nothing_else(capfd):
    with without_chatter():
        os.write(2, b"chatter\n")
        print("an answer")
    os.write(2, b"a remark\n")
    shown = capfd.readouterr()
    assert shown.err == "a remark\n"
    assert shown.out == "an answer\n"


def test_an_error_while_chatter_is_dropped_is_still_told(capfd):
    with pytest.raises(ValueError, match="told"), without_chatter():
        raise ValueError("told")
    os.write(2, b"back\n")
    assert capfd.readouterr().err == "back\n"


def test_a_command_whose_output_is_not_all_of_its_work_fails_with_its_reader():
    source = (
        "from app.console import run\n"
        "def leave():\n    raise BrokenPipeError\n"
        "raise SystemExit(run(leave, closed_pipe=1))"
    )
    assert run_python(source).returncode == 1
