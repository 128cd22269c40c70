"""Mail: mailboxes and single messages, only what their writers wrote themselves.

mbox files are read message by message, whatever their length. Of a message the plain
text counts, else its HTML; attachments, quoted lines, the lines that announce them,
signatures and the footers of mailing lists go. A message that only quotes is counted
and left out.
"""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message

from app.text.readers.document import Document, ReadOptions
from app.text.readers.fields import missing_field, requested_fields
from app.text.readers.guessing import Guess, guess_encoding
from app.text.readers.inputs import Input
from app.text.readers.prose import paragraphs
from app.text.readers.report import Report
from app.text.readers.web import html_paragraphs

_MAX_MESSAGE_BYTES = 1 << 26  # with attachments
_MAX_PARTS = 200
_BODY = "body"  # what --field calls the text of a message

MESSAGE_START = re.compile(rb"From \S+.*\d{1,2}:\d\d.*\d{4}|From \S+\s+\w{3} \w{3} ")
_ESCAPED_FROM = re.compile(rb"(?m)^>(>*From )")

_QUOTED = re.compile(r"\s{0,3}[>|]|\s{0,3}\w{1,4}>")
# "On Monday, Ann wrote:" may take two lines; other languages as their programs say it.
_ATTRIBUTION = re.compile(
    r"(?i)\s*(?:on|am|le|el|il|op|em|den)\b.{5,200}"
    r"\b(?:wrote|writes|schrieb|a \u00e9crit|escribi\u00f3|ha scritto|schreef|skrev)"
    r"[^\n]{0,80}:\s*$|.{1,80}<[^<>\s]+@[^<>\s]+>\s*(?:wrote|writes|schrieb):?\s*$"
)
# Below these lines stands somebody else's message, or nothing of this one.
_CUT = re.compile(
    r"(?i)-- ?$|\s*-{2,}\s*(?:original message|urspr\u00fcngliche nachricht|"
    r"forwarded message|message d'origine|forwarded by)\b.*|_{25,}\s*$|"
    r"\s*begin forwarded message:|sent from my \w+.{0,40}$|"
    r"-----BEGIN PGP SIGNATURE-----"
)
_ARMOUR = re.compile(r"-----(?:BEGIN|END) PGP|Hash: \w+$")
_HEADER_BLOCK = re.compile(r"(?i)\*?(?:from|von|de):\*?\s.*")
_HEADER_LINE = re.compile(
    r"(?i)\*?(?:sent|date|to|subject|gesendet|an|betreff):\*?\s.*"
)


def read_mbox(
    source: Input, options: ReadOptions, report: Report
) -> Iterator[Document]:
    """Yields the messages of a mailbox."""
    for number, data in enumerate(_messages(source, report), start=1):
        yield from _read(f"{source.name}, message {number}", data, options, report)


def read_eml(source: Input, options: ReadOptions, report: Report) -> Iterator[Document]:
    """Yields the one message of a file."""
    yield from _read(source.name, source.read(), options, report)


def _messages(source: Input, report: Report) -> Iterator[bytes]:
    """The bytes of each message, without the line that parts it from the last."""
    lines: list[bytes] = []
    num_bytes = number = 0
    follows_blank = True
    for line in source.stream:
        if follows_blank and line.startswith(b"From ") and MESSAGE_START.match(line):
            if lines:
                yield _ESCAPED_FROM.sub(rb"\1", b"".join(lines))
            lines, num_bytes = [], 0
            number += 1
        elif num_bytes <= _MAX_MESSAGE_BYTES:
            lines.append(line)
            num_bytes += len(line)
            if num_bytes > _MAX_MESSAGE_BYTES:
                reason = f"is longer than {_MAX_MESSAGE_BYTES >> 20} MiB and cut there"
                report.skip("message", reason, f"{source.name}, message {number}")
        follows_blank = not line.strip()
    if lines:
        yield _ESCAPED_FROM.sub(rb"\1", b"".join(lines))


def _read(
    name: str, data: bytes, options: ReadOptions, report: Report
) -> Iterator[Document]:
    message = email.message_from_bytes(data)
    wanted = requested_fields(options.field or _BODY, ())
    found: list[str] = []
    for field in wanted:
        if field.lower() == _BODY:
            found += _own_paragraphs(message, name, options, report)
        elif field in message:
            found += paragraphs(_header(message, field))
        elif not message.keys():
            raise missing_field(name, [field], [_BODY])
    if found:
        yield Document(name, tuple(found))
    else:
        report.skip("message", "has no text of its own", name)


def _own_paragraphs(
    message: Message, name: str, options: ReadOptions, report: Report
) -> tuple[str, ...]:
    plain = list(_texts(message, "text/plain", name, options, report))
    if any(text.strip() for text in plain):
        own, num_dropped = own_text("\n\n".join(plain))
        report.change(
            "lines of quotations and signatures were dropped", name, num_dropped
        )
        return paragraphs(own, report, name, is_wrapped=True)
    found: list[str] = []
    for text in _texts(message, "text/html", name, options, report):
        own, _ = own_text("\n\n".join(html_paragraphs(text)[0]))
        found += paragraphs(own)
    return tuple(found)


def _texts(
    message: Message,
    content_type: str,
    name: str,
    options: ReadOptions,
    report: Report,
) -> Iterator[str]:
    """The parts of a message that are shown, without forwarded messages in it."""
    waiting = [message]
    num_parts = 0
    while waiting and num_parts < _MAX_PARTS:
        part = waiting.pop(0)
        num_parts += 1
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting = [
                p for p in part.get_payload() if isinstance(p, Message)
            ] + waiting
        elif part.get_content_type() == content_type and not _is_attached(part):
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                charset = part.get_content_charset()
                yield _decode(payload, charset, options, name, report)


def _is_attached(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or bool(part.get_filename())


def _decode(
    payload: bytes, charset: str | None, options: ReadOptions, name: str, report: Report
) -> str:
    candidates = ["utf-8", charset, options.encoding]
    if charset and not _is_like_ascii(payload, charset):
        candidates.insert(0, charset)
    for encoding in filter(None, candidates):
        try:
            return payload.decode(encoding)
        except (LookupError, ValueError):
            continue
    if b"\0" in payload:
        report.skip("part", "is not text, though it says so", name)
        return ""
    guess = guess_encoding(payload) or Guess(
        payload.decode("cp1252", errors="replace"), "cp1252"
    )
    report.recode(name, guess.encoding)
    return guess.text


def _is_like_ascii(payload: bytes, charset: str) -> bool:
    """Whether ASCII bytes mean ASCII there, so that UTF-8 may be tried first.

    Many programs send UTF-8 under another name; but UTF-16, ISO-2022-JP and UTF-7
    write other letters in ASCII bytes.
    """
    is_shifted = b"\0" in payload or b"\x1b" in payload
    return not (is_shifted or charset.startswith(("utf-7", "hz")))


def _header(message: Message, field: str) -> str:
    raw = str(message[field])
    try:
        return " ".join(str(make_header(decode_header(raw))).split())
    except (HeaderParseError, LookupError, ValueError):
        return raw


def own_text(text: str) -> tuple[str, int]:
    r"""What the writer of a message added, and how many lines were not that.

    >>> own_text("Yes.\n\nOn Monday 3 May, Ann wrote:\n> Shall we?\n-- \nBob\n")
    ('Yes.\n', 4)
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    num_lines = len(lines) - (lines[-1] == "")
    kept: list[str] = []
    for number, line in enumerate(lines):
        if _CUT.match(line) or _starts_copy(lines, number):
            break
        if not _QUOTED.match(line) and not _ARMOUR.match(line):
            kept.append(line)
        elif not kept or kept[-1].strip():
            kept.append("")  # what stood on both sides of a quotation is no sentence
    num_kept = sum(bool(line.strip()) for line in kept)
    kept = _without_attributions(kept)
    own = "\n".join(kept).strip("\n") + "\n"
    num_blank = sum(not line.strip() for line in lines[:num_lines])
    num_own = sum(bool(line.strip()) for line in kept)
    return own, max(num_lines - num_blank - min(num_own, num_kept), 0)


def _starts_copy(lines: list[str], number: int) -> bool:
    """Whether the headers of a copied message begin here: From, then Sent or To."""
    if not _HEADER_BLOCK.fullmatch(lines[number]):
        return False
    following = lines[number + 1 : number + 4]
    return sum(bool(_HEADER_LINE.fullmatch(line)) for line in following) >= 2


def _without_attributions(lines: list[str]) -> list[str]:
    kept: list[str] = []
    for line in lines:
        if _ATTRIBUTION.match(line):
            continue
        if kept and _ATTRIBUTION.match(f"{kept[-1]} {line}") and line.endswith(":"):
            kept.pop()
            continue
        kept.append(line)
    return kept
