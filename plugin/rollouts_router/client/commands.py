"""The commands of `rollouts-router call` and their arguments. What request they make is `asking`'s business."""

import argparse
from collections.abc import Callable
from typing import Final, TypeAlias

from google.protobuf.message import Message

from rollouts_router.client import asking
from rollouts_router.v1 import traffic_router_pb2 as v1

WATCH: Final = "Watch"
VERIFY: Final = "VerifyWeight"
PLAN: Final = "Plan"

_Parser: TypeAlias = argparse.ArgumentParser
_Commands: TypeAlias = "argparse._SubParsersAction[_Parser]"  # noqa: SLF001 - it has no other name
_Make: TypeAlias = Callable[[argparse.Namespace], Message]


def asked(given: argparse.Namespace) -> tuple[str, Message]:
    """The method and the request of the command that was given. Raises UnusableError."""
    make: _Make = given.make
    if given.plans:
        request = v1.PlanRequest()
        getattr(request, given.field).CopyFrom(make(given))
        return PLAN, request
    return given.rpc, make(given)


def add_commands(parser: _Parser) -> None:
    """Add every command of the service."""
    commands = _subparsers(parser)
    _add(commands, "info", "GetInfo", asking.info, "what the router is")
    _add_discover(commands)
    planning = commands.add_parser("plan", help="the exact patches that a command would send")
    _add_changes(_subparsers(planning), plans=True)
    _add_changes(commands, plans=False)
    _add_weight(_add(commands, "verify", VERIFY, asking.verify, "whether a weight is live"))
    _add_watch(commands)


def _add_discover(commands: _Commands) -> None:
    told = "which routes a Rollout has, and why not others"
    discover = _add(commands, "discover", "Discover", asking.discover, told)
    _add_rollout(discover)
    discover.add_argument(
        "--skip-unselected", action="store_true", help="look only at routes that it names or selects"
    )


def _add_watch(commands: _Commands) -> None:
    watch = _add(commands, "watch", WATCH, asking.watch, "weights and conditions as they change")
    _add_rollout(watch)
    watch.add_argument("--weight", type=int, metavar="N", help="the weight that the routes should carry")
    watch.add_argument(
        "--interval",
        type=float,
        default=2.0,
        metavar="SECONDS",
        help="between two looks, 1 to 60 (default 2)",
    )


def _add_changes(commands: _Commands, *, plans: bool) -> None:
    weight = _add(commands, "set-weight", "SetWeight", asking.set_weight, "give the canary a weight")
    _add_weight(weight)
    told = "lead requests with certain headers to the canary"
    header = _add(commands, "set-header", "SetHeaderRoute", asking.set_header, told)
    _add_managed(header)
    mirror = _add(commands, "set-mirror", "SetMirrorRoute", asking.set_mirror, "copy requests to the canary")
    _add_managed(mirror)
    _add_mirror(mirror)
    told = "take out what header and mirror steps put in"
    remove = _add(commands, "remove", "RemoveManagedRoutes", asking.remove, told)
    _add_rollout(remove)
    for parser, field in (
        (weight, "set_weight"),
        (header, "set_header_route"),
        (mirror, "set_mirror_route"),
        (remove, "remove_managed_routes"),
    ):
        parser.set_defaults(plans=plans, field=field, dry_run=False)
        if not plans:
            parser.add_argument(
                "--dry-run", action="store_true", help="have the API server try it; nothing is kept"
            )


def _subparsers(parser: _Parser) -> _Commands:
    return parser.add_subparsers(title="commands", required=True, metavar="COMMAND")


def _add(commands: _Commands, name: str, rpc: str, make: _Make, told: str) -> _Parser:
    parser = commands.add_parser(name, help=told, description=told, allow_abbrev=False)
    parser.set_defaults(rpc=rpc, make=make, plans=False)
    return parser


def _add_rollout(parser: _Parser) -> None:
    parser.add_argument(
        "rollout",
        type=asking.rollout,
        metavar="ROLLOUT",
        help="NAMESPACE/NAME of one in the cluster, or the file of a manifest (.yaml, .json, - for stdin)",
    )


def _add_weight(parser: _Parser) -> None:
    _add_rollout(parser)
    parser.add_argument(
        "weight",
        type=int,
        metavar="WEIGHT",
        help="for the canary, in units of maxTrafficWeight (100 unless set)",
    )
    parser.add_argument(
        "--experiment",
        action="append",
        type=asking.share,
        default=[],
        metavar="SERVICE=WEIGHT",
        help="a Service of an experiment step; may be repeated",
    )


def _add_managed(parser: _Parser) -> None:
    _add_rollout(parser)
    parser.add_argument("route", metavar="ROUTE", help="a name in trafficRouting.managedRoutes")
    for name, told in (
        ("header", "exactly"),
        ("header-prefix", "by its beginning"),
        ("header-regex", "by pattern"),
    ):
        parser.add_argument(
            f"--{name}",
            action="append",
            type=asking.pair,
            default=[],
            metavar="NAME=VALUE",
            help=f"a header, compared {told}; may be repeated",
        )
    parser.add_argument("--remove", action="store_true", help="take it out")


def _add_mirror(parser: _Parser) -> None:
    parser.add_argument("--method", dest="verb", metavar="NAME", help="such as GET")
    for name, told in (
        ("path", "exactly"),
        ("path-prefix", "by its beginning"),
        ("path-regex", "by pattern"),
    ):
        parser.add_argument(f"--{name}", metavar="TEXT", help=f"the path, compared {told}")
    parser.add_argument(
        "--percent", type=int, metavar="N", help="of these requests, 1 to 100; all without it"
    )
    parser.add_argument("--all", action="store_true", help="every request")
