"""The controller's notification engine as one function: an occasion and what the controller knows, into a message."""

from __future__ import annotations

import functools
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from e2e.bed import binaries
from e2e.bed.errors import BedError
from e2e.bed.parts import Part

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LIMIT: Final = 60.0  # seconds for all questions; they take one
ENGINE: Final = Part(
    name="notification-engine",
    module=Path(__file__).with_name("go"),
    programs={"notification-engine": "."},
)


class EngineError(BedError):
    """The engine refused; the text is what it said."""


@functools.cache
def program() -> Path:
    """The engine, out of the bed's cache or built now; that takes minutes on a cold cache."""
    return binaries.build(ENGINE).programs["notification-engine"]


def rendered(questions: Sequence[Mapping[str, object]]) -> list[dict[str, Any]]:
    """The notifications of as many questions (`request` in main.go), in their order.

    Raises:
        EngineError: One of them cannot be rendered, or Slack's library does not take it.
    """
    asked = "".join(f"{json.dumps(each)}\n" for each in questions)
    done = subprocess.run(
        (program(),), input=asked, capture_output=True, text=True, timeout=LIMIT, check=False
    )
    if done.returncode:
        raise EngineError(done.stderr)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    failed = next((answer["error"] for answer in answers if answer.get("error")), "")
    if failed:
        raise EngineError(failed)
    return [answer["notification"] for answer in answers]
