"""Blocks of the plugin's configuration, in each of the ways in which a team can write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from e2e.scenarios.routes import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from e2e.bed.kinds import Object

# The plugin does not wait for gateways. No gateway runs in these beds, and to find that out takes it 3 s a weight.
AT_ONCE: Object = {"verify": {"mode": "spec"}}
FIELDS = dict(zip(KINDS, ("httpRoute", "grpcRoute", "tcpRoute", "tlsRoute", "udpRoute"), strict=True))


def by_label(labels: Mapping[str, str], kinds: Iterable[str] = KINDS) -> Object:
    """All routes of these kinds that have the labels."""
    return {f"{FIELDS[kind]}Selector": {"matchLabels": dict(labels)} for kind in kinds}


def by_name(*routes: Object) -> Object:
    """These routes, in the singular form: at most one of each kind."""
    return {FIELDS[route["kind"]]: route["metadata"]["name"] for route in routes}


def by_names(*routes: Object) -> Object:
    """These routes, in the plural form."""
    listed: Object = {}
    for route in routes:
        listed.setdefault(f"{FIELDS[route['kind']]}s", []).append({"name": route["metadata"]["name"]})
    return listed
