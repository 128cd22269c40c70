"""XML, read safely: elements one by one, entities that a file defines refused.

A document type is read over, because e-books have one; whoever defines entities in it
either bombs ("billion laughs") or reads files, and is refused before it is expanded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO
from xml.parsers import expat

_CHUNK_BYTES = 1 << 16


class XmlError(ValueError):
    """What stands in the way, and in which line."""


@dataclass
class Element:
    """An element without its name space.

    Attributes:
        tag: `p` for `{http://...}p`.
        attributes: by their names, without name spaces too.
        text: all character data in it, its children's included, where it was asked.
    """

    tag: str
    attributes: dict[str, str]
    text: list[str] = field(default_factory=list)


def xml_events(
    stream: IO[bytes], encoding: str | None = None
) -> Iterator[tuple[str, Element | str]]:
    """Yields ("start", Element), ("end", Element) and ("text", str) in order.

    Args:
        stream: the file.
        encoding: that it is in, whatever it says; None: what it says.

    Raises:
        XmlError: the XML is malformed, cut short or defines entities.
    """
    events: list[tuple[str, Element | str]] = []
    waiting: list[Element] = []
    parser = expat.ParserCreate(encoding, namespace_separator="}")
    parser.buffer_text = True

    def start(name: str, attributes: dict[str, str]) -> None:
        bare = {key.rpartition("}")[2]: value for key, value in attributes.items()}
        waiting.append(Element(name.rpartition("}")[2], bare))
        events.append(("start", waiting[-1]))

    def refuse(name: str, *_: object) -> None:
        raise XmlError(f"defines the entity {name!r}, which is not safe to read")

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: events.append(("end", waiting.pop()))
    parser.CharacterDataHandler = lambda data: events.append(("text", data))
    parser.EntityDeclHandler = refuse
    is_last = False
    while not is_last:
        chunk = stream.read(_CHUNK_BYTES)
        is_last = not chunk
        try:
            parser.Parse(chunk, is_last)
        except expat.ExpatError as error:
            yield from events
            raise XmlError(
                f"line {error.lineno}: {expat.ErrorString(error.code)}"
            ) from error
        yield from events
        events.clear()


def xml_elements(
    stream: IO[bytes], wanted: Callable[[str], bool], encoding: str | None = None
) -> Iterator[Element]:
    """Yields the elements whose tag is `wanted`, with their text, as each ends."""
    inside: list[Element] = []
    for kind, value in xml_events(stream, encoding):
        if isinstance(value, str):
            for element in inside:
                element.text.append(value)
        elif kind == "start" and wanted(value.tag):
            inside.append(value)
        elif kind == "end" and inside and inside[-1] is value:
            yield inside.pop()
