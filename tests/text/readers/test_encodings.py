"""Bytes to characters: UTF-8, UTF-16, UTF-32, what is asked for, what is guessed."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from app.errors import UserError
from app.settings import check_reading
from app.text.readers.guessing import guess_encoding
from tests.text.readers.making import RAIN, mbox, message, read, texts_of, wiki, write

# Short texts as people write them, in the encoding that their computers had.
SENTENCES = {
    "cp1252": (
        "Le café était fermé à cause de la pluie.",
        "Où êtes-vous allés l’été dernier ?",
        "Ça va très bien, merci beaucoup.",
        "La forêt était sombre et le chemin étroit.",
        "Noël approche, les élèves sont pressés.",
        "café",
        "Die Mühle lag am Fluß und war völlig verfallen.",
        "Über den Dächern hörte man Glocken.",
        "Das Mädchen trägt schöne Kleider.",
        "El niño comió una manzana en el jardín.",
        "¿Dónde está la estación más próxima?",
        "A canção não é muito difícil de aprender.",
        "O coração do avô não aguentou.",
        "Flickan åt ett äpple på ön.",
        "Det regnade hela natten och ån steg högt.",
        "Æblerne på træet er røde.",
        "Perché non è più così?",
        "It cost £5 — “far too much”, he said…",
    ),
    "cp1250": (
        "Zażółć gęślą jaźń.",
        "Dziewczyna poszła do szkoły z książką.",
        "Wczoraj padał śnieg i było bardzo zimno.",
        "Příliš žluťoučký kůň úpěl ďábelské ódy.",
    ),
    "cp1251": (
        "Дождь шёл всю ночь, и река поднялась.",
        "Мальчик читал книгу у окна.",
        "Дощ ішов усю ніч, і її не було видно.",
    ),
    "koi8-r": (
        "Дождь шёл всю ночь, и река поднялась.",
        "Где находится вокзал?",
        "ДОЖДЬ ШЁЛ ВСЮ НОЧЬ",
    ),
    "cp866": ("Мальчик читал книгу у окна.",),
    "cp1253": (
        "Η βροχή έπεφτε όλη τη νύχτα.",
        "Το παιδί διάβαζε ένα βιβλίο δίπλα στο παράθυρο.",
        "Πού είναι ο σταθμός;",
    ),
    "cp1254": (
        "Çocuk bahçede ağaca tırmandı.",
        "Dün gece çok yağmur yağdı.",
        "İstanbul'da güneşli bir gün.",
    ),
    "cp1255": ("הגשם ירד כל הלילה והנהר עלה עד לדלתות הטחנה הישנה.",),
    "cp1256": ("هطل المطر طوال الليل وارتفع النهر إلى أبواب الطاحونة القديمة.",),
    "cp1257": ("Ąžuolas auga prie upės, o paukščiai čiulba kiekvieną rytą.",),
    "cp850": ("Le café était fermé à cause de la pluie.",),
    "mac-roman": ("Où êtes-vous allés l'été dernier ?",),
    "shift-jis": ("雨は一晩中降り続き、川は古い水車小屋の扉まで上がった。" * 4,),
    "gb18030": ("雨下了一整夜，河水涨到了老磨坊的门口。" * 4,),
}


@pytest.mark.parametrize(
    ("encoding", "text"),
    [(name, text) for name, texts in SENTENCES.items() for text in texts],
)
def test_a_short_text_tells_its_encoding(encoding: str, text: str):
    guess = guess_encoding(text.encode(encoding))
    assert guess is not None
    assert guess.text == text


def test_one_letter_in_a_long_line_is_found_in_linear_time():  # took minutes
    data = b"so it goes on " * 200_000 + "café".encode("cp1252")
    guess = guess_encoding(data)
    assert guess is not None
    assert guess.text.endswith(" café")


@pytest.mark.parametrize("encoding", ["koi8-r", "cp1251", "shift-jis", "utf-16-le"])
@pytest.mark.parametrize("pretokenized", [False, True])
def test_an_encoding_can_be_named(tmp_path: Path, encoding: str, pretokenized: bool):
    text = "Мир и дождь"
    source = write(tmp_path / "a.txt", text.encode(encoding))
    found = texts_of(source, encoding=encoding, pretokenized=pretokenized)
    assert found == [(text,)]


def test_letters_that_the_named_encoding_lacks_are_counted(tmp_path: Path, caplog):
    source = write(tmp_path / "a.txt", "café".encode("cp1252"))
    with caplog.at_level(logging.INFO):
        assert texts_of(source, encoding="ascii") == [("caf\ufffd",)]
    assert "1 letter was lost, which ascii lacks" in caplog.text


@pytest.mark.parametrize("name", ["utf-99", "hex", "", "rot13", "../x", "a\0b"])
def test_an_unknown_encoding_is_refused_with_examples(name: str):
    with pytest.raises(UserError, match="is not known. Give a name such as utf-8"):
        check_reading("auto", None, name, pretokenized=False)


# --- UTF-16 and UTF-32, of every format that is text

ACCENTS = "Żółć w nocy, café, и дождь шёл всю ночь."
ROWS = [{"id": 1, "body": RAIN}, {"id": 2, "body": ACCENTS}]
FILES = {
    "text": f"{RAIN}\n\n{ACCENTS}\n",
    "lines": f"{RAIN}\n{ACCENTS}\n",
    "markdown": f"# {RAIN}\n\n{ACCENTS}\n",
    "csv": f'id,body\n1,"{RAIN}"\n2,"{ACCENTS}"\n',
    "tsv": f"id\tbody\n1\t{RAIN}\n2\t{ACCENTS}\n",
    "jsonl": "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in ROWS),
    "json": json.dumps(ROWS, ensure_ascii=False),
    "html": f"<html><meta charset='utf-16'><p>{RAIN}<p>{ACCENTS}</html>",
    "mbox": mbox(message(RAIN), message(ACCENTS)),
    "eml": message(f"{RAIN}\n\n{ACCENTS}"),
    "wiki": wiki({"Rain": " ".join([RAIN, ACCENTS] * 9)}, before=
                 "<?xml version='1.0' encoding='utf-16'?>"),
}  # fmt: skip
WIDE = ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]


@pytest.mark.parametrize("name", list(FILES))
@pytest.mark.parametrize("encoding", WIDE)
def test_every_format_is_read_in_wide_letters(tmp_path: Path, name: str, encoding: str):
    source = write(tmp_path / "a", FILES[name].encode(encoding))
    found = [p for d in read(source, file_format=name) for p in d.paragraphs]
    expected = [" ".join([RAIN, ACCENTS] * 9)] if name == "wiki" else [RAIN, ACCENTS]
    assert found == expected


@pytest.mark.parametrize("name", [n for n in FILES if n not in ("lines", "markdown")])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_wide_letters_do_not_hide_the_format(tmp_path: Path, name, encoding):
    source = write(tmp_path / "a", FILES[name].encode(encoding))
    text = "".join(p for document in read(source) for p in document.paragraphs)
    assert text.replace(RAIN, "").replace(ACCENTS, "").strip() == ""


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
@pytest.mark.parametrize(
    "text",
    [
        "Дождь шёл всю ночь, и река поднялась.\n",
        "雨は一晩中降り続き、\n川は上がった。\n",
    ],
)
def test_wide_letters_of_other_scripts_need_no_mark(tmp_path, encoding: str, text: str):
    source = write(tmp_path / "a.txt", (text * 9).encode(encoding))
    assert "".join(read(source)[0].paragraphs) == "".join((text * 9).split("\n"))


def test_wide_letters_that_are_cut_in_the_middle_are_read(tmp_path: Path):
    data = f"{RAIN} 𝄞".encode("utf-16")
    assert texts_of(write(tmp_path / "a.txt", data[:-1])) == [(f"{RAIN} \ufffd",)]
    assert texts_of(write(tmp_path / "a.txt", data[:-2])) == [(f"{RAIN} \ufffd",)]


def test_half_a_pair_is_one_lost_letter(tmp_path: Path):
    data = f"{RAIN} ".encode("utf-16") + b"\x1e\xdd" + " Yes.".encode("utf-16-le")
    assert texts_of(write(tmp_path / "a.txt", data)) == [(f"{RAIN} \ufffd Yes.",)]


def test_one_stray_letter_does_not_spoil_a_text(tmp_path: Path, caplog):
    lines = [f"Le café était fermé le {n} mai." for n in range(99)]
    data = "\n".join(lines).encode().replace("é le 7".encode(), b"\xe9 le 7")
    with caplog.at_level(logging.WARNING):
        assert texts_of(write(tmp_path / "a.txt", data)) == [tuple(lines)]
    assert "1 file is not UTF-8; the encoding was guessed (--encoding)" in caplog.text
    assert "a.txt as cp1252 from line 8 on" in caplog.text


@pytest.mark.parametrize("charset", ["iso-2022-jp", "utf-7", "utf-16", "hz"])
def test_mail_in_letters_that_look_like_ascii_is_read(tmp_path: Path, charset: str):
    text = "雨は一晩中降り" if charset == "iso-2022-jp" else "雨下了一整夜"
    head = message("", headers=f"Content-Type: text/plain; charset={charset}\n")
    source = write(tmp_path / "a.eml", head.encode() + text.encode(charset))
    assert texts_of(source) == [(text,)]


def test_a_named_encoding_counts_where_mail_names_none(tmp_path: Path):
    other = message("", headers="Content-Type: text/plain; charset=cp1252\n")
    data = [message("Мир").encode("koi8-r"), (other + "café").encode("cp1252")]
    start = b"From ann@example.org Mon May  3 10:00:00 2021\n"
    source = write(tmp_path / "a.mbox", b"\n".join(start + d + b"\n" for d in data))
    assert texts_of(source, encoding="koi8-r") == [("Мир",), ("café",)]
