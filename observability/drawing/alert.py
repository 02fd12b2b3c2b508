"""A message of Slack as a picture, from its payload. It is our drawing and not Slack's."""

import textwrap
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any, Final

from observability.drawing import svg

WIDTH: Final = 760.0
_LINE: Final = 18.0
_CHARACTERS: Final = 100
_MONO: Final = "style='font-family: monospace'"


def alert(slack: Mapping[str, Any]) -> str:
    """The SVG file of a message: its text, and its first attachment with the coloured bar."""
    attachment = slack["attachments"][0]
    shapes, y = [svg.text(16, 28, unescape(slack["text"]), size=14, more="font-weight='bold'")], 44.0
    top = y
    for words, style in _lines(attachment["blocks"]):
        y += _LINE
        shapes.append(svg.text(32, y, words, more=style))
    bar = svg.box(16, top, 4, y - top + 8, fill=attachment["color"])
    height = y + 24
    ground = svg.box(0.5, 0.5, WIDTH - 1, height - 1, fill="white", more="stroke='#d0d7de' rx='6'")
    return svg.picture(WIDTH, height, unescape(slack["text"]), (ground, bar, *shapes))


def _lines(blocks: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Each line with the attributes of its style; of the markup there are bold, code and blocks of code."""
    for block in blocks:
        words = block["text"]["text"] if block["type"] == "section" else block["elements"][0]["text"]
        for part in unescape(words).split("\n"):
            style = _MONO if "`" in part else "font-weight='bold'" if part.startswith("*") else ""
            yield from ((line, style) for line in textwrap.wrap(part.strip("*`"), _CHARACTERS))
