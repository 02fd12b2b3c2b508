"""What `rollouts-router doctor` is told: its command line as one value. Nothing is read or asked here."""

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from rollouts_router.doctor.ailments.book import CODES
from rollouts_router.doctor.checks.written import ASKED
from rollouts_router.doctor.facts import Named
from rollouts_router.findings.model import Severity

DEFAULT_SECONDS: Final = 60.0
"""For all of it: a cluster of hundreds of Rollouts takes some seconds."""

CONTROLLER_NAMESPACE: Final = "argo-rollouts"
NEVER: Final = "never"
_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")  # RFC 1123
_EPILOG: Final = """\
Nothing is written to the cluster. Without a name, all Rollouts of the current namespace that use the plugin are
looked at; docs/doctor.md explains every code.

exit status:
  0  nothing was found that is as bad as --fail-on
  1  something was
  2  it could not be looked: the command line cannot be used, or the cluster is not to be had
"""


class Output(Enum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


@dataclass(frozen=True, slots=True)
class Target:
    """A namespace, or one Rollout of it; an empty name means all that use the plugin."""

    namespace: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """One look.

    Attributes:
        targets: What is looked at; empty: the current namespace.
        everywhere: All namespaces instead.
        namespace: The current namespace; empty: that of the context.
        controller_namespace: Where the controller is.
        account: Whose rights are asked for; None: those of the controller.
        output: How findings are written.
        quiet: Without what is well.
        fail_on: From which severity on the exit status is 1; None: never.
        skipped: Codes that are left out.
        context: The kubeconfig's context; empty: its current one.
        kubeconfig: The kubeconfig; None: as kubectl finds it.
        seconds: How long all of it may take.
    """

    targets: tuple[Target, ...] = ()
    everywhere: bool = False
    namespace: str = ""
    controller_namespace: str = CONTROLLER_NAMESPACE
    account: Named | None = None
    output: Output = Output.TEXT
    quiet: bool = False
    fail_on: Severity | None = Severity.ERROR
    skipped: frozenset[str] = frozenset()
    context: str = ""
    kubeconfig: Path | None = None
    seconds: float = DEFAULT_SECONDS


def parse(arguments: Sequence[str]) -> Options:
    """Read the command line.

    Raises:
        SystemExit: It cannot be used, status 2, or help was asked for, status 0; why, is on stderr or stdout.
    """
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.everywhere and given.targets:
        parser.error("-A is for all namespaces: leave it out, or the names")
    return Options(
        targets=tuple(given.targets),
        everywhere=given.everywhere,
        namespace=given.namespace or "",
        controller_namespace=given.controller_namespace,
        account=given.account,
        output=Output(given.output),
        quiet=given.quiet,
        fail_on=None if given.fail_on == NEVER else Severity(given.fail_on),
        skipped=frozenset().union(*given.skipped),
        context=given.context,
        kubeconfig=given.kubeconfig,
        seconds=given.timeout,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rollouts-router doctor",
        description="Look whether canaries will work: the install, and Rollouts with their routes. Read-only.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "targets",
        nargs="*",
        type=_target,
        metavar="NAMESPACE[/ROLLOUT]",
        help="what to look at instead of the current namespace",
    )
    parser.add_argument(
        "-A", "--all-namespaces", dest="everywhere", action="store_true", help="all Rollouts of the cluster"
    )
    parser.add_argument("-n", "--namespace", type=_name, metavar="NAMESPACE", help="the current namespace")
    _add_place(parser)
    _add_output(parser)
    return parser


def _add_place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--controller-namespace",
        type=_name,
        default=CONTROLLER_NAMESPACE,
        metavar="NAMESPACE",
        help=f"where the Argo Rollouts controller is; {CONTROLLER_NAMESPACE}",
    )
    parser.add_argument(
        "--as-service-account",
        dest="account",
        type=_account,
        metavar="NAMESPACE/NAME",
        help="whose rights to look at; those of the controller's Deployment",
    )
    parser.add_argument("--context", default="", metavar="NAME", help="context of the kubeconfig")
    parser.add_argument("--kubeconfig", type=Path, metavar="FILE", help="instead of KUBECONFIG")
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=DEFAULT_SECONDS,
        metavar="SECONDS",
        help=f"for all of it; {DEFAULT_SECONDS:g}",
    )


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", choices=[each.value for each in Output], default=Output.TEXT.value)
    parser.add_argument("-q", "--quiet", action="store_true", help="leave out what is well")
    parser.add_argument(
        "--fail-on",
        choices=[*(each.value for each in Severity), NEVER],
        default=Severity.ERROR.value,
        help="from which severity on the exit status is 1; error",
    )
    parser.add_argument(
        "--skip",
        dest="skipped",
        type=_codes,
        action="append",
        default=[],
        metavar="CODES",
        help="leave out findings of these codes, separated by commas; may be repeated",
    )


def _target(text: str) -> Target:
    namespace, slash, name = text.partition("/")
    if slash and not name:
        raise argparse.ArgumentTypeError(f"{text!r} is neither NAMESPACE nor NAMESPACE/ROLLOUT")
    return Target(_name(namespace), _name(name) if name else "")


def _account(text: str) -> Named:
    namespace, _, name = text.partition("/")
    return _name(namespace), _name(name)


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no name that Kubernetes takes")
    return text


def _codes(text: str) -> frozenset[str]:
    codes = frozenset(each.strip().upper() for each in text.split(","))
    unknown = codes - CODES - ASKED
    if unknown:
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))} is no code of docs/doctor.md")
    return codes


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError("a number of seconds above 0 is needed")
    return seconds
