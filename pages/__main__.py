"""`python -m pages`: writes the tables that are made from code into the pages; with --check, only looks."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pages import figures, keys, versions
from pages.tables import PageError, filled

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGES: Final = ("README.md", "docs/configuration.md", "docs/keda.md")
_ROOT: Final = Path(__file__).parents[1]


def tables(root: Path) -> Mapping[str, str]:
    """Every table by its name. Raises PageError."""
    return {
        "keys": keys.keys(),
        "verify-keys": keys.verify_keys(),
        "keda-keys": keys.keda_keys(),
        "flags": keys.flags(),
        "versions": versions.versions(root),
        "targets": figures.targets((root / "docs/performance.md").read_text("utf-8")),
    }


def stale(root: Path) -> dict[Path, str]:
    """The pages that differ from what the code says, with what they should say. Raises PageError."""
    made = tables(root)
    wanted = {root / name: filled((root / name).read_text("utf-8"), made) for name in PAGES}
    return {page: text for page, text in wanted.items() if text != page.read_text("utf-8")}


def main() -> int:
    """Write, or check; 1 when a page is stale or cannot be made."""
    parser = argparse.ArgumentParser(prog="python -m pages", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a page is stale")
    check: bool = parser.parse_args().check
    try:
        pages = stale(_ROOT)
    except PageError as error:
        sys.stderr.write(f"pages: {error}\n")
        return 1
    for page, text in pages.items():
        sys.stdout.write(f"{page.relative_to(_ROOT)}: {'stale, run `make pages`' if check else 'written'}\n")
        if not check:
            page.write_text(text, "utf-8")
    return int(check and bool(pages))


if __name__ == "__main__":
    sys.exit(main())
