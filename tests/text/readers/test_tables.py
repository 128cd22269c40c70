"""Rows of CSV, TSV, Parquet and JSON: which field, which rows, what is told."""

from __future__ import annotations

import csv
import json
import logging
import tracemalloc
from pathlib import Path

import pytest

from app.errors import UserError
from app.text.readers.document import ReadOptions
from app.text.readers.reading import read_sources
from tests.text.readers.making import RAIN, SUN, read, texts_of, write

PATENTS = "patents/neural_network_patent_abstracts.csv"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (f"text\n{RAIN}\n", [(RAIN,)]),  # one column, and commas in it
        (f'text\n"{RAIN}"\n', [(RAIN,)]),
        (f'id;body\n1;"{RAIN}"\n2;{SUN}\n', [(RAIN,), (SUN,)]),
        (f"id|body\n1|{RAIN}\n2|{SUN}\n", [(RAIN,), (SUN,)]),
        (f"id\tbody\r\n1\t{RAIN}\r\n2\t{SUN}\r\n", [(RAIN,), (SUN,)]),
        (f'1,"{RAIN}"\n2,"{SUN}"\n', [(RAIN,), (SUN,)]),  # no names
        (f',body\n0,"{RAIN}"\n1,"{SUN}"\n', [(RAIN,), (SUN,)]),  # as pandas writes
        (f'id,body\n1,"{RAIN}\n\n{SUN}"\n', [(RAIN, SUN)]),
        ('id,body\n1,"He said ""no"" again."\n', [('He said "no" again.',)]),
        ('id,body\n1,"He said \\"no\\", again."\n', [('He said "no", again.',)]),
        (f'id, body\n1, "{RAIN}"\n', [(RAIN,)]),
        (f'id,body\n\n1,"{RAIN}"\n\n\n2,"{SUN}"\n', [(RAIN,), (SUN,)]),
        (f'# of 2021\n# by Ann\nid,body\n1,"{RAIN}"\n', [(RAIN,)]),
        (f'\ufeffid,body\n1,"{RAIN}"\n', [(RAIN,)]),
    ],
)
def test_tables_as_people_write_them(tmp_path: Path, content: str, expected):
    assert texts_of(write(tmp_path / "a.csv", content)) == expected


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_tables_of_spreadsheets_are_wide(tmp_path: Path, encoding: str):
    content = f"id\tbody\r\n1\t{RAIN}\r\n2\tDas Café.\r\n".encode(encoding)
    source = write(tmp_path / "a.csv", content)
    assert texts_of(source) == [(RAIN,), ("Das Café.",)]


def test_a_stray_letter_does_not_spoil_the_other_rows(tmp_path: Path, caplog):
    rows = ["id,body", *(f"{i},Le café était fermé le {i} mai." for i in range(300))]
    lines = [
        row.encode("cp1252" if i == 150 else "utf-8") for i, row in enumerate(rows)
    ]
    with caplog.at_level(logging.WARNING):
        found = texts_of(write(tmp_path / "a.csv", b"\n".join(lines)))
    assert found == [(row.partition(",")[2],) for row in rows[1:]]
    assert "1 file is not UTF-8" in caplog.text


def test_rows_of_another_length_are_counted(tmp_path: Path, caplog):
    content = f'id,body\n1,"{RAIN}"\n2,one,too many\n3\n4,"{SUN}"\n'
    with caplog.at_level(logging.WARNING):
        assert texts_of(write(tmp_path / "a.csv", content)) == [(RAIN,), (SUN,)]
    assert "2 rows: has another number of columns than the first" in caplog.text
    assert "a.csv, line 3: 3 instead of 2" in caplog.text


def test_a_quotation_that_never_ends_is_counted(tmp_path: Path, caplog):
    content = f'id,body\n1,"{RAIN}"\n2,"{SUN}\n3,more\n4,and more\n'
    with caplog.at_level(logging.WARNING):
        found = texts_of(write(tmp_path / "a.csv", content))
    assert found == [(RAIN,), ("more",), ("and more",)]
    assert "1 row: begins a quotation that never ends" in caplog.text
    assert "a.csv, line 3" in caplog.text


def test_a_quotation_that_never_ends_takes_no_other_row_with_it(tmp_path: Path, caplog):
    rows = [f'{i},"{RAIN}"' for i in range(9)]
    rows[3] = rows[3].removesuffix('"')  # the mark before the next text closes it
    with caplog.at_level(logging.WARNING):
        found = texts_of(write(tmp_path / "a.csv", "\n".join(["id,body", *rows])))
    assert found == [(RAIN,)] * 8
    assert "1 row: begins a quotation that never ends; the first is" in caplog.text
    assert "a.csv, line 5" in caplog.text


def test_a_quotation_longer_than_any_text_is_refused(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("app.text.readers.tables._MAX_CELL", 1000)
    content = 'id,body\n1,"' + "so it goes on\n" * 99
    with pytest.raises(UserError, match="1 row: begins a quotation that never ends"):
        read(write(tmp_path / "a.csv", content), field="body")


def test_a_line_without_end_is_refused(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("app.text.readers.encodings.MAX_LINE_BYTES", 1 << 20)
    source = write(tmp_path / "a.csv", b"id,body\n1," + b"x" * (2 << 20))
    with pytest.raises(UserError, match="has a line of more than 1 MiB"):
        read(source)


# --- the field

POSTS = [
    {"id": 17, "title": "Rain", "meta": {"text": RAIN, "by": "Ann"}, "tags": ["a"]},
    {"id": 18, "title": "Sun", "meta": {"text": SUN, "by": "Bob"}, "tags": ["a", "b"]},
]


def as_jsonl(rows: list) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (None, [(RAIN,), (SUN,)]),
        ("meta.text", [(RAIN,), (SUN,)]),
        ("title", [("Rain",), ("Sun",)]),
        ("title,meta.text", [("Rain", RAIN), ("Sun", SUN)]),
        (" meta.by , title ", [("Ann", "Rain"), ("Bob", "Sun")]),
        ("tags", [("a",), ("a", "b")]),
    ],
)
def test_fields_are_found_or_named(tmp_path: Path, field, expected):
    assert (
        texts_of(write(tmp_path / "a.jsonl", as_jsonl(POSTS)), field=field) == expected
    )


def test_the_decision_is_told(tmp_path: Path, caplog):
    with caplog.at_level(logging.INFO):
        read(write(tmp_path / "a.jsonl", as_jsonl(POSTS)))
    assert "the text is in 'meta.text', not in 'id', 'title', 'meta.by'" in caplog.text


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_a_missing_field_names_those_that_exist(tmp_path: Path, name: str):
    content = "id,body\n1,Hello\n" if name == "a.csv" else '{"id": 1, "body": "Hi"}\n'
    with pytest.raises(UserError, match=r"no field 'txet', but 'id', 'body'.*--field"):
        read(write(tmp_path / name, content), field="body,txet")


def test_a_column_without_a_name_has_a_number(tmp_path: Path):
    content = f'2021-05-03,"{RAIN}",7\n2021-05-04,"{SUN}",8\n'
    assert texts_of(write(tmp_path / "a.csv", content), field="2,1") == [
        (RAIN, "2021-05-03"),
        (SUN, "2021-05-04"),
    ]


def test_a_column_may_have_a_comma_in_its_name(tmp_path: Path):
    content = '{"said, then": "Hello there."}\n'
    source = write(tmp_path / "a.jsonl", content)
    assert texts_of(source, field="said, then") == [("Hello there.",)]


def test_numbers_are_no_text(tmp_path: Path):
    source = write(tmp_path / "a.csv", "x,y\n1,2\n3,4\n")
    with pytest.raises(UserError, match="no field that looks like text among 'x', 'y'"):
        read(source)


def test_rows_without_the_field_or_without_text_are_counted(tmp_path: Path, caplog):
    rows = [{"body": RAIN}, {"title": "x"}, {"body": None}, {"body": " "}, {"body": 7}]
    with caplog.at_level(logging.WARNING):
        assert texts_of(write(tmp_path / "a.jsonl", as_jsonl(rows))) == [(RAIN,)]
    assert "1 row: has no 'body'; the first is" in caplog.text
    assert "3 rows: holds no text; the first is" in caplog.text


# --- JSON


def test_malformed_lines_are_counted_with_their_number(tmp_path: Path, caplog):
    content = (
        f'{{"body": "{RAIN}"}}\n{{"body": \n[1]\n5\n{"[" * 9999}\n{{"body": "{SUN}"}}'
    )
    with caplog.at_level(logging.WARNING):
        assert texts_of(write(tmp_path / "a.jsonl", content)) == [(RAIN,), (SUN,)]
    assert "2 lines: is not JSON; the first is" in caplog.text
    assert "line 2: Expecting value" in caplog.text
    assert "1 line: is JSON, but neither object nor text" in caplog.text


def test_a_file_of_malformed_lines_is_refused(tmp_path: Path):
    with pytest.raises(UserError, match="2 lines: is not JSON, first .*line 1"):
        read(write(tmp_path / "a.jsonl", "{oh}\n{no}\n"))


def test_lines_may_be_texts_alone(tmp_path: Path):
    source = write(tmp_path / "a.jsonl", as_jsonl([RAIN, SUN]))
    assert texts_of(source) == [(RAIN,), (SUN,)]


@pytest.mark.parametrize(
    "value", [POSTS, {"data": POSTS, "n": 2}, {"a": {}, "posts": POSTS}]
)
def test_a_list_is_found_wherever_it_is(tmp_path: Path, value):
    assert texts_of(write(tmp_path / "a.json", json.dumps(value))) == [(RAIN,), (SUN,)]


def test_one_object_is_one_document(tmp_path: Path):
    source = write(tmp_path / "a.json", json.dumps({"title": "Rain", "text": RAIN}))
    assert texts_of(source) == [(RAIN,)]


def test_lines_with_the_wrong_name_are_known(tmp_path: Path):
    assert len(read(write(tmp_path / "a.json", as_jsonl(POSTS)))) == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[{"a": "b"},\n {"a": }]', "is not JSON: line 2, column 8: Expecting value"),
        ("[" * 100_000, "is not JSON"),
        ('{"a": ' + "9" * 5000 + "}", "is not JSON"),
        ("[1, 2, 3]", "is empty"),
    ],
)
def test_malformed_json_is_refused_with_its_place(tmp_path: Path, content, message):
    with pytest.raises(UserError, match=message):
        read(write(tmp_path / "a.json", content), file_format="json")


# --- real and large


def test_rows_need_no_memory(tmp_path: Path):
    path = tmp_path / "a.jsonl"
    line = json.dumps({"id": 1, "body": RAIN * 10}) + "\n"
    path.write_text(line * 5_000)  # 3.6 MB
    tracemalloc.start()
    count = sum(1 for _ in read_sources([str(path)], ReadOptions()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 5_000
    assert peak < 1_000_000


def test_the_patents_are_read_from_their_raw_table(data_folder: Path, caplog):
    source = str(data_folder / PATENTS)
    with caplog.at_level(logging.INFO):
        found = read(source)
    assert "the text is in 'patent_abstract'" in caplog.text
    assert "88 cells were quoted twice" in caplog.text
    assert len(found) == 3522
    assert found[0].paragraphs[0].startswith('A "Barometer" Neuron enhances stability')
    assert not [d for d in found if '""' in "".join(d.paragraphs)]
    with open(source, encoding="utf-8", newline="") as file:
        titles = [row["patent_title"] for row in csv.DictReader(file)]
    both = read(source, field="patent_title,patent_abstract")
    assert [d.paragraphs[0] for d in both[1000:1003]] == titles[1000:1003]
