"""Every format, made of real text with the usual libraries, and how fast it is read.

    python -m tests.benchmarks.formats                      all, about 4 MB of text each
    python -m tests.benchmarks.formats --only csv epub.zip

The texts are the patents' abstracts (rows) and novels (books, pages, mail) under
`NEXTWORD_DATA`; the dump is the one that comes with gensim. Each file is read in a
process of its own: MB/s are of the file as it lies on the disk, the peak is what that
process held at most.
"""

from __future__ import annotations

import argparse
import bz2
import csv
import gzip
import importlib.util
import io
import json
import logging
import lzma
import mailbox
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from email.message import EmailMessage
from html import escape
from pathlib import Path

from app.text.readers import Document, ReadOptions, read_sources
from tests.benchmarks.peak_memory import own_peak_memory
from tests.text.readers.making import docx, docx_paragraph, epub, zipped

DATA = Path(os.environ.get("NEXTWORD_DATA", "../shared/data"))
NUM_NOVELS = 8
_PARAGRAPHS = 40  # of a novel in one message


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME")
    parser.add_argument("--measure", type=Path)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure)
        return 0
    print(
        f"{'file':16} {'MB':>6} {'documents':>9} {'paragraphs':>10} {'words':>9} "
        f"{'MB/s':>6} {'MiB':>4}  remarks",
        flush=True,
    )
    with tempfile.TemporaryDirectory() as folder:
        for name, make in files().items():
            if not options.only or name in options.only:
                path = Path(folder, f"a.{name}")
                path.write_bytes(make())
                command = [sys.executable, "-m", "tests.benchmarks.formats"]
                subprocess.run([*command, "--measure", str(path)], check=True)
                path.unlink()
    return 0


def measure(path: Path) -> None:
    """Reads a file and prints one line."""
    remarks = io.StringIO()
    logging.basicConfig(stream=remarks, level=logging.INFO, format="%(message)s")
    began = time.perf_counter()
    num_documents = num_paragraphs = num_words = 0
    for document in read_sources([str(path)], ReadOptions()):
        num_documents += 1
        num_paragraphs += len(document.paragraphs)
        num_words += sum(len(paragraph.split()) for paragraph in document.paragraphs)
    seconds = time.perf_counter() - began
    size = path.stat().st_size / 1e6
    print(
        f"{path.name[2:]:16} {size:6.1f} {num_documents:9,} {num_paragraphs:10,} "
        f"{num_words:9,} {size / seconds:6.1f} "
        f"{own_peak_memory() >> 20:4}  "
        + "; ".join(_remarks(remarks.getvalue(), path)),
        flush=True,
    )


def _remarks(log: str, path: Path) -> list[str]:
    """What was said beside the totals, without examples."""
    place = re.compile(re.escape(str(path.with_suffix("").parent)) + r"\S*: ")
    lines = [place.sub("", line.strip()) for line in log.splitlines()]
    said = [line.partition("; the first is")[0] for line in lines if line]
    return [line for line in said if not line.startswith(("Read ", "Skipped:"))]


def files() -> dict[str, Callable[[], bytes]]:
    """How each file is made, by its ending."""
    plain: dict[str, Callable[[], bytes]] = {
        "txt": lambda: _novels_text().encode(),
        "md": lambda: _novels_text("# {}\n\n").encode(),
        "csv": lambda: table(",").encode(),
        "tsv": lambda: table("\t").encode(),
        "jsonl": lambda: "".join(json.dumps(r) + "\n" for r in rows()).encode(),
        "json": lambda: json.dumps({"patents": rows()}, indent=1).encode(),
        "parquet": parquet_file,
        "html": lambda: page().encode(),
        "mbox": mbox_file,
        "eml": lambda: bytes(message("A novel", novels()[0].paragraphs)),
        "epub": epub_file,
        "docx": lambda: docx(
            "".join(docx_paragraph(escape(p)) for d in novels() for p in d.paragraphs)
        ),
        "xml": lambda: bz2.decompress(dump()),
    }
    packed: dict[str, Callable[[bytes], bytes]] = {
        "gz": gzip.compress,
        "bz2": bz2.compress,
        "xz": lambda data: lzma.compress(data, preset=1),
    }
    found = dict(plain)
    for name, make in plain.items():
        for ending, pack in packed.items():
            found[f"{name}.{ending}"] = lambda make=make, pack=pack: pack(make())
        found[f"{name}.zip"] = lambda make=make, name=name: zipped(
            {f"a.{name}": make()}
        )
    for encoding in ("utf-16", "utf-16-le", "utf-32", "cp1252"):
        found[f"{encoding}.txt"] = lambda encoding=encoding: (
            "Café\n\n" + _novels_text()
        ).encode(encoding, errors="replace")
    found["utf-16.csv"] = lambda: table("\t").encode("utf-16")
    return found


def novels() -> list[Document]:
    """Some novels, their licences and line ends still in the raw files."""
    paths = sorted((DATA / "novels").iterdir())[:NUM_NOVELS]
    return list(read_sources([str(path) for path in paths], ReadOptions()))


def _novels_text(heading: str = "{}\n\n") -> str:
    return "".join(
        heading.format(Path(d.name).stem) + "\n\n".join(d.paragraphs) + "\n\n"
        for d in novels()
    )


def rows() -> list[dict[str, str]]:
    """The patents as a table has them."""
    path = DATA / "patents" / "neural_network_patent_abstracts.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def table(delimiter: str) -> str:
    found = rows()
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, found[0].keys(), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(found)
    return buffer.getvalue()


def parquet_file() -> bytes:
    import pyarrow
    from pyarrow import parquet

    buffer = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(rows()), buffer)
    return buffer.getvalue()


def page() -> str:
    menu = "".join(f'<li><a href="/{n}">Page {n}</a></li>' for n in range(20))
    text = "".join(f"<p>{escape(p)}</p>\n" for d in novels() for p in d.paragraphs)
    return (
        f"<!doctype html><html><head><title>Novels</title></head><body><nav><ul>{menu}"
        f"</ul></nav><main>{text}</main><footer>Imprint</footer></body></html>"
    )


def message(subject: str, paragraphs: tuple[str, ...]) -> EmailMessage:
    """A message with a quotation, a signature and an HTML version, as programs send."""
    text = "\n\n".join(paragraphs)
    found = EmailMessage()
    found["From"], found["To"] = "Ann <ann@example.org>", "Bob <bob@example.org>"
    found["Subject"], found["Message-ID"] = subject, f"<{subject}@example.org>"
    found.set_content(f"{text}\n\nOn Monday, Bob wrote:\n> Well?\n\n-- \nAnn\n")
    found.add_alternative(f"<p>{escape(text)}</p>", subtype="html")
    return found


def mbox_file() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        box = mailbox.mbox(Path(folder, "box"))
        for novel in novels():
            for start in range(0, len(novel.paragraphs), _PARAGRAPHS):
                part = novel.paragraphs[start : start + _PARAGRAPHS]
                box.add(message(f"{Path(novel.name).stem} {start}", part))
        box.close()
        return Path(folder, "box").read_bytes()


def epub_file() -> bytes:
    chapters = {}
    for novel in novels():
        for start in range(0, len(novel.paragraphs), _PARAGRAPHS):
            part = novel.paragraphs[start : start + _PARAGRAPHS]
            body = "".join(f"<p>{escape(p)}</p>" for p in part)
            chapters[f"{Path(novel.name).stem}{start}.xhtml"] = f"<body>{body}</body>"
    return epub(chapters)


def dump() -> bytes:
    """The MediaWiki dump that comes with gensim, packed as it is."""
    package = importlib.util.find_spec("gensim")
    if package is None or not package.submodule_search_locations:
        raise SystemExit("gensim is not installed")
    folder = Path(package.submodule_search_locations[0], "test/test_data")
    return next(folder.glob("enwiki-latest-pages-*.bz2")).read_bytes()


if __name__ == "__main__":
    sys.exit(main())
