"""Mail: messages apart, and only what their writers wrote themselves."""

from __future__ import annotations

import logging
from email.message import EmailMessage
from pathlib import Path

import pytest

from app.errors import UserError
from app.text.readers.mail import own_text
from tests.text.readers.making import RAIN, SUN, mbox, message, read, texts_of, write


@pytest.mark.parametrize(
    "below",
    [
        "> Does it rain?\n> Ann",
        "On Mon, 3 May 2021 at 10:00, Ann <ann@example.org> wrote:\n> Does it rain?",
        "On Mon, 3 May 2021 at 10:00, Ann Miller of the old mill\n"
        "<ann@example.org> wrote:\n> Does it rain?",
        "Am 3. Mai 2021 schrieb Ann:\n> Regnet es?",
        "Le 3 mai 2021, Ann a écrit :\n> Il pleut ?",
        "Ann <ann@example.org> wrote:\n\n> Does it rain?",
        "-- \nBob\nThe Old Mill, 12 River Lane",
        "--\nBob",
        "-----Original Message-----\nFrom: Ann\nDoes it rain?",
        "From: Ann\nSent: Monday\nTo: Bob\nSubject: Rain\n\nDoes it rain?",
        "*From:* Ann\n*Date:* Monday\n*To:* Bob\n\nDoes it rain?",
        "---------- Forwarded message ---------\nFrom: Ann\nDoes it rain?",
        "Sent from my iPhone",
        "_______________________________________________\nMills mailing list",
        "-----BEGIN PGP SIGNATURE-----\niQEz\n-----END PGP SIGNATURE-----",
        "Ann> Does it rain?",
    ],
)
def test_what_others_wrote_goes(tmp_path: Path, below: str):
    source = write(tmp_path / "a.eml", message(f"{RAIN}\n\n{below}\n"))
    assert texts_of(source) == [(RAIN,)]


@pytest.mark.parametrize(
    "text",
    [
        "From: here to the river it is a mile.",
        "On the mill she wrote: no entry.",
        "They sold the mill -- and the river.",
        "From what I know, it rains.",
    ],
)
def test_what_only_looks_so_stays(text: str):
    assert own_text(text) == (text + "\n", 0)


def test_answers_between_the_lines_stay_apart():
    text = "> Rain?\nYes.\n> Sun?\nNo.\n"
    assert own_text(text) == ("Yes.\n\nNo.\n", 2)


def test_a_mailbox_gives_a_document_a_message(tmp_path: Path, caplog):
    content = mbox(
        message(f"{RAIN}\n>From the river, a noise.\n"),
        message("> only a quotation\n"),
        message(f"From here on\n{SUN}\n"),
    )
    with caplog.at_level(logging.WARNING):
        found = read(write(tmp_path / "a.mbox", content))
    assert [d.paragraphs for d in found] == [
        (f"{RAIN} From the river, a noise.",),
        (f"From here on {SUN}",),
    ]
    assert found[1].name.endswith("a.mbox, message 3")
    assert "1 message: has no text of its own; the first is" in caplog.text


def test_headers_are_fields(tmp_path: Path):
    headers = "Subject: =?utf-8?q?Caf=C3=A9?= and\n rain\n"
    source = write(tmp_path / "a.eml", message(RAIN, headers=headers))
    assert texts_of(source, field="subject,body") == [("Café and rain", RAIN)]


def as_bytes(build: EmailMessage) -> bytes:
    build["Received"] = "from a"
    return build.as_bytes()


def test_of_two_versions_the_plain_one_counts(tmp_path: Path):
    mail = EmailMessage()
    mail.set_content(RAIN)
    mail.add_alternative(f"<p>{SUN}</p>", subtype="html")
    mail.add_attachment(b"x" * 99, maintype="image", subtype="png", filename="a.png")
    mail.add_attachment("Not this.", filename="a.txt")
    assert texts_of(write(tmp_path / "a.eml", as_bytes(mail))) == [(RAIN,)]


def test_html_alone_is_read_without_what_it_quotes(tmp_path: Path):
    mail = EmailMessage()
    quoted = '<div class="gmail_quote">On Monday Ann wrote: Rain?</div>'
    cited = '<blockquote type="cite">Sun?</blockquote>'
    mail.set_content(f"<div>{RAIN}</div>{quoted}{cited}", subtype="html")
    assert texts_of(write(tmp_path / "a.eml", as_bytes(mail))) == [(RAIN,)]


@pytest.mark.parametrize("charset", ["iso-8859-1", "utf-8", "utf-16"])
def test_letters_are_read_in_their_encoding(tmp_path: Path, charset: str):
    text = "Le café était fermé, mais la fenêtre restait éclairée toute la nuit."
    head = message("", headers=f"Content-Type: text/plain; charset={charset}\n")
    source = write(tmp_path / "a.eml", head.encode() + text.encode(charset))
    assert texts_of(source) == [(text,)]


def test_wrapped_and_coded_lines_are_joined(tmp_path: Path):
    headers = "Content-Transfer-Encoding: quoted-printable\n"
    body = "It rained all=\n night, and the\nriver rose =E2=80=93 high.\n"
    source = write(tmp_path / "a.eml", message(body, headers=headers))
    (found,) = texts_of(source)
    assert " ".join(found) == "It rained all night, and the river rose – high."


@pytest.mark.parametrize(
    "data",
    [
        b"Received: x\nContent-Type: multipart/mixed; boundary=\n\nx",
        b"Received: x\nContent-Type: multipart/mixed; boundary=a\n\n--a\n",
        b"Received: x\nContent-Type: text/plain; charset=\xff\xfe\n\n> x",
        b"Received: x\nContent-Transfer-Encoding: base64\n\n!!!!",
        b"Received: x\nContent-Type: text/plain; charset=x-no\n\ncaf\xe9",
        b"\xff\xfe" * 50,
        b"",
    ],
)
def test_malformed_mail_is_no_crash(tmp_path: Path, data: bytes):
    try:
        read(write(tmp_path / "a.eml", data))
    except UserError as error:
        assert "a.eml" in str(error)


def test_a_message_that_is_too_long_is_cut(tmp_path: Path, monkeypatch, caplog):
    monkeypatch.setattr("app.text.readers.mail._MAX_MESSAGE_BYTES", 2000)
    content = mbox(message(f"{RAIN}\n\n" * 99), message(SUN))
    with caplog.at_level(logging.WARNING):
        found = texts_of(write(tmp_path / "a.mbox", content))
    assert len(found) == 2
    assert len(found[0]) < 40
    assert "is longer than" in caplog.text
