"""Bytes to documents: whatever people have, read as text.

`reading` finds files, `archives` unpacks them, `formats` says what they are, and one
module a family reads them::

    plain    text, lines, markdown        tables   csv, tsv
    records  json, jsonl, parquet         fields   the column that holds the text
    mail     mbox, eml                    web      html
    books    epub, docx                   wiki     dumps of MediaWiki, the sample

What all of them share: `inputs` (bytes with a name), `recoding`, `encodings` and
`guessing` (bytes to characters), `prose` and `hyphens` (lines to paragraphs),
`gutenberg` (licences around books), `safe_xml`, and `report`, which tells at the end
what was read, skipped and why.
"""

from app.text.readers.document import Document, ReadOptions, Unreadable
from app.text.readers.reading import num_bytes, read_sources, statuses
from app.text.readers.wiki import read_wikipedia_sample

__all__ = [
    "Document",
    "ReadOptions",
    "Unreadable",
    "num_bytes",
    "read_sources",
    "read_wikipedia_sample",
    "statuses",
]
