"""The bridge's HTTP side: GET /v1/METRIC?version=HASH&window=SECONDS, by the contract of docs/bridge.md.

Only the standard library, so that it can be copied. It decides nothing: which value is too much stands in the
AnalysisTemplate.
"""

from __future__ import annotations

import argparse
import hmac
import json
import os
import sys
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

from platforms.bridge.access_log import SourceError, events
from platforms.bridge.measuring import METRICS, WINDOWS, Measured, measured

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN: Final = "BRIDGE_TOKEN"  # noqa: S105 - the variable's name
_PATIENCE: Final = 10.0  # seconds for a client to send its request, and to take the answer


class AskedWronglyError(Exception):
    """The question cannot be answered as it is; the text says what to change."""


def answer(path: str, source: Path, now: float) -> Measured:
    """What the bridge says to `path`, at `now` in seconds since the epoch.

    Raises:
        AskedWronglyError: no such metric, or a parameter is missing or out of range.
        SourceError: the old monitoring does not answer.
    """
    split = urlsplit(path)
    metric = split.path.removeprefix("/v1/")
    if metric not in METRICS:
        raise AskedWronglyError(
            f"no metric {split.path}; there are {', '.join(f'/v1/{name}' for name in METRICS)}"
        )
    given = parse_qs(split.query)
    version, window = given.get("version", [""])[-1], given.get("window", [""])[-1]
    if not version:
        raise AskedWronglyError("version is missing: the pod template hash of canary or stable")
    if not (window.isascii() and window.isdigit() and int(window[:9]) in WINDOWS):
        raise AskedWronglyError(f"window: expected {WINDOWS[0]} to {WINDOWS[-1]} seconds")
    return measured(metric, events(source), version=version, window=int(window), now=now)


class Handler(BaseHTTPRequestHandler):
    """One request; made anew for each by the server."""

    timeout = _PATIENCE
    server: Bridge

    def do_GET(self) -> None:
        """Answer with a measurement, or with a sentence and a status that is no success."""
        if self.server.token and not self._is_known():
            self._say(HTTPStatus.UNAUTHORIZED, {"error": "the token is missing or wrong"})
            return
        try:
            told = answer(self.path, self.server.source, self.server.clock())
        except AskedWronglyError as error:
            self._say(HTTPStatus.BAD_REQUEST, {"error": str(error)})
        except SourceError as error:
            self._say(HTTPStatus.BAD_GATEWAY, {"error": str(error)})
        else:
            self._say(HTTPStatus.OK, told.as_json())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """A line for each request, without its headers: one of them is the token."""
        sys.stderr.write(f"{format % args}\n")

    def _is_known(self) -> bool:
        given = self.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {self.server.token}".encode())

    def _say(self, status: HTTPStatus, body: dict[str, float | int | None] | dict[str, str]) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


class Bridge(ThreadingHTTPServer):
    """The server; `token` empty lets everybody ask."""

    daemon_threads = True

    def __init__(
        self, address: tuple[str, int], source: Path, token: str, clock: Callable[[], float]
    ) -> None:
        """Listens at once; `clock` gives seconds since the epoch."""
        super().__init__(address, Handler)
        self.source, self.token, self.clock = source, token, clock


def main() -> int:
    """Serve until it is stopped."""
    parser = argparse.ArgumentParser(prog="python -m platforms.bridge.server", description=__doc__)
    parser.add_argument("log", type=Path, help="a file of seconds,version,status,milliseconds lines")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8085)
    given = parser.parse_args()
    token = os.environ.get(TOKEN, "")
    if not token:
        sys.stderr.write(f"bridge: ${TOKEN} is not set: whoever can connect may ask\n")
    try:
        with Bridge((given.host, given.port), given.log, token, time.time) as bridge:  # noqa: TID251 - the log has wall-clock times
            bridge.serve_forever()
    except KeyboardInterrupt:
        return 0
    except OSError as error:
        sys.stderr.write(f"bridge: cannot listen at {given.host}:{given.port}: {error.strerror}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
