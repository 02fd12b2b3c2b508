"""Walking a tree."""

from rollouts_router.lint.expressions.parsing import parse
from rollouts_router.lint.expressions.tree import Name, walk


def test_a_walk_comes_to_every_part() -> None:
    tree = parse("f(a, [b]) ? -c.x : d[e] ?? (g && !h)")
    assert tree is not None

    names = [part.name for part in walk(tree) if isinstance(part, Name)]

    assert names == ["a", "b", "c", "d", "e", "g", "h"]
