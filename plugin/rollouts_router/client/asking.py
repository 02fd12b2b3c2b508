"""The request that each command of `rollouts-router call` makes of its arguments."""

import argparse
from collections.abc import Iterator
from typing import Final

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

from rollouts_router.client.manifest_file import STDIN, manifest_in
from rollouts_router.v1 import traffic_router_pb2 as v1

_FILES: Final = (".yaml", ".yml", ".json")


class UnusableError(Exception):
    """The arguments cannot be used together; the text says why."""


def rollout(text: str) -> v1.RolloutSource:
    """A Rollout by reference, or by the manifest in a file or on stdin.

    Raises:
        argparse.ArgumentTypeError: It is neither.
        UnusableFileError: The file has no manifest.
    """
    if text == STDIN or text.endswith(_FILES):
        return v1.RolloutSource(manifest=manifest_in(text))
    namespace, slash, name = text.partition("/")
    if not (namespace and slash and name) or "/" in name:
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither NAMESPACE/NAME nor a file ({', '.join(_FILES)}, -)"
        )
    return v1.RolloutSource(reference=v1.RolloutReference(namespace=namespace, name=name))


def share(text: str) -> v1.WeightDestination:
    """A Service and its weight. Raises ValueError."""
    service, _, weight = text.partition("=")
    return v1.WeightDestination(service=service, weight=int(weight))


def pair(text: str) -> tuple[str, str]:
    """The name of a header and what it is compared with. Raises ValueError."""
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise ValueError(text)
    return name, value


def info(_given: argparse.Namespace) -> Message:
    """Ask what the router is."""
    return v1.GetInfoRequest()


def discover(given: argparse.Namespace) -> Message:
    """Ask for routes."""
    return v1.DiscoverRequest(rollout=given.rollout, skip_unselected=given.skip_unselected)


def set_weight(given: argparse.Namespace) -> Message:
    """Ask for a weight."""
    return v1.SetWeightRequest(
        rollout=given.rollout,
        weight=given.weight,
        additional_destinations=given.experiment,
        dry_run=given.dry_run,
    )


def set_header(given: argparse.Namespace) -> Message:
    """Ask for a header route, or its removal. Raises UnusableError."""
    headers = dict(_headers(given))
    _require_one(bool(headers), "--header, --header-prefix or --header-regex", given)
    return v1.SetHeaderRouteRequest(
        rollout=given.rollout,
        name=given.route,
        match=[v1.HeaderMatch(name=name, value=value) for name, value in headers.items()],
        dry_run=given.dry_run,
    )


def set_mirror(given: argparse.Namespace) -> Message:
    """Ask for a mirror, or its removal. Raises UnusableError."""
    match = v1.RequestMatch(
        method=v1.TextMatch(exact=given.verb) if given.verb else None,
        path=_path(given),
        headers=dict(_headers(given)),
    )
    is_some = match != v1.RequestMatch()
    if is_some and given.all:
        raise UnusableError("--all is every request: leave out what narrows it, or --all")
    _require_one(is_some or given.all, "what requests have to be like, or --all", given)
    return v1.SetMirrorRouteRequest(
        rollout=given.rollout,
        name=given.route,
        match=[] if given.remove else [match],
        percentage=given.percent,
        dry_run=given.dry_run,
    )


def remove(given: argparse.Namespace) -> Message:
    """Ask for the removal of managed routes."""
    return v1.RemoveManagedRoutesRequest(rollout=given.rollout, dry_run=given.dry_run)


def verify(given: argparse.Namespace) -> Message:
    """Ask whether a weight is live."""
    return v1.VerifyWeightRequest(
        rollout=given.rollout, weight=given.weight, additional_destinations=given.experiment
    )


def watch(given: argparse.Namespace) -> Message:
    """Ask for what changes."""
    interval = Duration()
    interval.FromMilliseconds(round(given.interval * 1000))
    return v1.WatchRequest(rollout=given.rollout, weight=given.weight, interval=interval)


def _headers(given: argparse.Namespace) -> Iterator[tuple[str, v1.TextMatch]]:
    yield from ((name, v1.TextMatch(exact=value)) for name, value in given.header)
    yield from ((name, v1.TextMatch(prefix=value)) for name, value in given.header_prefix)
    yield from ((name, v1.TextMatch(regex=value)) for name, value in given.header_regex)


def _path(given: argparse.Namespace) -> v1.TextMatch | None:
    wanted = {"exact": given.path, "prefix": given.path_prefix, "regex": given.path_regex}
    known = {kind: value for kind, value in wanted.items() if value}
    if len(known) > 1:
        raise UnusableError("only one of --path, --path-prefix and --path-regex can hold")
    return v1.TextMatch(**known) if known else None


def _require_one(is_given: bool, what: str, given: argparse.Namespace) -> None:  # noqa: FBT001 - it is the question
    """A step without a match is a removal to the contract; nobody shall ask for that by leaving something out."""
    if is_given == given.remove:
        raise UnusableError(f"either {what} is needed, or --remove")
