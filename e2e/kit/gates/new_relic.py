"""A stand-in for New Relic's query API: rows as they were recorded, for the application that a query names.

It knows the shape of a request and of an answer, and which columns a query asks for by name. What the functions of NRQL
compute it does not: a test says the row.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Mapping

COLUMN: Final = re.compile(r"\bAS (\w+)")
APPLICATION: Final = re.compile(r"appName = '([^']*)'")
KEY: Final = "a-key-of-the-test"
ACCOUNT: Final = 4711


class NewRelic:
    """Answers by application; it remembers each query."""

    def __init__(self) -> None:
        """It knows no application yet."""
        self._rows: dict[str, Mapping[str, object]] = {}
        self.asked: list[str] = []

    def says(self, application: str, row: Mapping[str, object]) -> None:
        """From now on this is what the application's rows are; columns that a query does not name are left out."""
        self._rows[application] = row

    async def answer(self, request: web.Request) -> web.Response:
        """One query of NerdGraph."""
        if request.headers.get("Api-Key") != KEY:
            return web.json_response({"errors": [{"message": "the key is not this one"}]}, status=401)
        variables = (await request.json())["variables"]
        assert variables["accountId"] == ACCOUNT
        nrql = str(variables["query"])
        self.asked.append(nrql)
        results = {"nrql": {"results": self._results(nrql)}}
        return web.json_response({"data": {"actor": {"account": results}}})

    def _results(self, nrql: str) -> list[Mapping[str, object]]:
        named = APPLICATION.search(nrql)
        row = self._rows.get(named[1] if named else "", {})
        return [{name: row.get(name) for name in COLUMN.findall(nrql)}]
