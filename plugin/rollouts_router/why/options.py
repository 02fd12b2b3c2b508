"""What `rollouts-router why` is told: its command line as one value. Nothing is read here but the current namespace."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from rollouts_router.kube.errors import CredentialsError
from rollouts_router.kube.namespace import current
from rollouts_router.kube.sources import Sources

DEFAULT_SECONDS: Final = 30.0
"""Three requests, each bounded to ten."""

_EPILOG: Final = """\
Credentials are those of the kubeconfig (KUBECONFIG, ~/.kube/config). It reads Rollouts, AnalysisRuns and Events, and
changes nothing.

exit status:
  0  healthy, on its way, or in a pause that was planned
  1  stopped: aborted, degraded, invalid, or paused because an analysis is inconclusive
  2  it could not be looked at; why, is on stderr
"""


class Output(Enum):
    """How the answer is written."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """One question; `context` is the kubeconfig's, empty for its current one; `seconds` is for all of it."""

    namespace: str
    name: str
    context: str
    output: Output
    seconds: float


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> Options:
    """Read the command line.

    Raises:
        SystemExit: It cannot be used, status 2, or help was asked for, status 0; why, is on stderr or stdout.
    """
    parser = _parser()
    given = parser.parse_args(arguments)
    namespace, name = given.rollout
    try:
        namespace = namespace or current(Sources(environment, context=given.context))
    except CredentialsError as error:
        parser.error(f"the current namespace is not known: {error}")
    return Options(
        namespace=namespace,
        name=name,
        context=given.context,
        output=Output(given.output),
        seconds=given.timeout,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rollouts-router why",
        description="Say why a Rollout stands where it stands, which metric broke which threshold, and what to do.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("rollout", type=_rollout, metavar="[NAMESPACE/]NAME", help="which Rollout")
    parser.add_argument("--context", default="", metavar="NAME", help="context of the kubeconfig")
    parser.add_argument("-o", "--output", choices=[each.value for each in Output], default=Output.TEXT.value)
    parser.add_argument(
        "--timeout", type=_seconds, default=DEFAULT_SECONDS, metavar="SECONDS", help=f"{DEFAULT_SECONDS:g}"
    )
    return parser


def _rollout(words: str) -> tuple[str, str]:
    """Namespace and name; no namespace is the current one."""
    namespace, slash, name = words.rpartition("/")
    if not name or "/" in namespace or (slash and not namespace):
        raise argparse.ArgumentTypeError(f"{words!r} is neither NAMESPACE/NAME nor NAME")
    return namespace, name


def _seconds(words: str) -> float:
    seconds = float(words)
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError("a number of seconds above 0 is needed")
    return seconds
