"""`rollouts-router lint`: the command line, the outputs, the exit status. Nothing is judged here."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Final

from rollouts_router.findings import as_json, sarif, text
from rollouts_router.findings.model import Finding, Severity
from rollouts_router.findings.status import ExitStatus, exit_status
from rollouts_router.lint.catalogue import RULES
from rollouts_router.lint.linting import lint
from rollouts_router.lint.sources import UnusableError, texts

_EPILOG: Final = """\
Nothing is asked of a cluster. Charts have to be rendered first:

  helm template CHART | rollouts-router lint -

exit status:
  0  nothing found that reaches --fail-on
  1  something found
  2  the command line cannot be used, or a file cannot be read
"""


class _Given(argparse.Namespace):
    """The flags as argparse reads them."""

    paths: list[str]
    output: str
    fail_on: str
    skip: list[str]


def run(arguments: Sequence[str]) -> int:
    """Look at what the command line names, print what is found, and return the exit status.

    Raises:
        SystemExit: The command line cannot be used (2), or help was asked for (0).
    """
    given = _parse(arguments)
    try:
        findings = lint(texts(given.paths), frozenset(given.skip))
        sys.stdout.write(_rendered(findings, given.output))
        sys.stdout.flush()
    except UnusableError as error:
        sys.stderr.write(f"rollouts-router lint: {error}\n")
        return ExitStatus.CANNOT_LOOK
    except BrokenPipeError:
        # Whoever read it has seen enough. The interpreter would try to flush the rest at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitStatus.CANNOT_LOOK
    return exit_status(findings, Severity(given.fail_on))


def _rendered(findings: list[Finding], output: str) -> str:
    if output == "json":
        return as_json.render(findings)
    return sarif.render(findings, version("rollouts-router")) if output == "sarif" else text.render(findings)


def _parse(arguments: Sequence[str]) -> _Given:
    parser = argparse.ArgumentParser(
        prog="rollouts-router lint",
        description="Look through manifests for what is silently wrong with a canary, offline.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a file, a folder, or - for stdin")
    parser.add_argument("--output", choices=("text", "json", "sarif"), default="text", help="default: text")
    parser.add_argument(
        "--fail-on",
        choices=[each.value for each in Severity],
        default=Severity.ERROR.value,
        help="the mildest finding that makes the exit status 1 (default: error)",
    )
    parser.add_argument(
        "--skip",
        type=_codes,
        action="extend",
        default=[],
        metavar="CODE[,CODE]",
        help="do not tell findings of these rules; may be given several times",
    )
    return parser.parse_args(arguments, _Given())


def _codes(given: str) -> list[str]:
    codes = [code.strip() for code in given.split(",") if code.strip()]
    unknown = [code for code in codes if code not in RULES]
    if unknown:
        raise argparse.ArgumentTypeError(f"{unknown[0]} is no code of a rule")
    return codes
