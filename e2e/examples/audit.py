"""What was asked of the API server, by its audit log, and what the table of rights gives, in the same words.

Refused calls count as well. Which of them ought to be equal is the tests' business.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from e2e.bed.kinds import Object
    from rollouts_router.core.rights import Right

Asked = tuple[str, str, str]
"""Group, resource, verb."""


def given(granted: Iterable[Right]) -> set[Asked]:
    """What these rows allow."""
    return {
        (right.group, resource, verb)
        for right in granted
        for resource in right.resources
        for verb in right.verbs
    }


def asked(log: Path, user: str) -> set[Asked]:
    """What an account has asked the API server for; discovery names no resource."""
    calls = (json.loads(line) for line in log.read_text().splitlines())
    return {
        _row(call["objectRef"], call["verb"])
        for call in calls
        if call["user"]["username"] == user and "resource" in (call.get("objectRef") or {})
    }


def _row(place: Object, verb: str) -> Asked:
    resource = "/".join(part for part in (place["resource"], place.get("subresource")) if part)
    return place.get("apiGroup", ""), resource, verb
