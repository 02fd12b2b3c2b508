"""The few shapes that pictures are made of, as SVG text. What they show is not known here."""

from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

FONT = "font-family='Helvetica, Arial, sans-serif'"


def text(x: float, y: float, words: str, *, size: int = 12, colour: str = "#24292f", more: str = "") -> str:
    """Words with their left end at a point; `more` are further attributes."""
    return f"<text x='{x:.1f}' y='{y:.1f}' {FONT} font-size='{size}' fill='{colour}' {more}>{escape(words)}</text>"


def box(x: float, y: float, width: float, height: float, *, fill: str, more: str = "") -> str:
    """A rectangle."""
    return f"<rect x='{x:.1f}' y='{y:.1f}' width='{width:.1f}' height='{height:.1f}' fill='{fill}' {more}/>"


def path(points: Sequence[tuple[float, float]], *, colour: str) -> str:
    """A line that keeps its height until the next point, as values do that were measured."""
    if not points:
        return ""
    moves = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    moves += [f"H{x:.1f}V{y:.1f}" for x, y in points[1:]]
    return f"<path d='{''.join(moves)}' fill='none' stroke='{colour}' stroke-width='1.6'/>"


def line(x: float, y: float, width: float) -> str:
    """A thin level line."""
    return f"<path d='M{x:.1f} {y:.1f}h{width:.1f}' stroke='#d8dee4' stroke-width='1'/>"


def picture(width: float, height: float, title: str, shapes: Iterable[str]) -> str:
    """A whole file; `title` is for those who cannot see it."""
    size = f"width='{width:.0f}' height='{height:.0f}' viewBox='0 0 {width:.0f} {height:.0f}'"
    head = f"<svg xmlns='http://www.w3.org/2000/svg' {size} role='img' aria-label={quoteattr(title)}>"
    return "\n".join((head, f"<title>{escape(title)}</title>", *shapes, "</svg>", ""))
