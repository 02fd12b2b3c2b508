"""RR101 to RR109: is the plugin registered, so that the controller can fetch and launch it?

Source: Argo Rollouts, `utils/config` and `utils/plugin/downloader`; trafficRouterPlugins is a YAML list in the ConfigMap
argo-rollouts-config.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import yaml

from rollouts_router import settings
from rollouts_router.core.config import PLUGIN_NAME
from rollouts_router.core.routes import KubeObject
from rollouts_router.core.untyped import items, mapping, text
from rollouts_router.doctor.ailments import install as ail
from rollouts_router.doctor.facts import Install, Unread
from rollouts_router.findings.model import Finding, Place

CONFIG_MAP: Final = "argo-rollouts-config"
KEY: Final = "trafficRouterPlugins"
_HTTP: Final = ("https://", "http://")
_FILE: Final = "file://"
_SUM: Final = re.compile(r"[0-9a-fA-F]{64}")
_SIMILAR: Final = re.compile(r"gateway-?_?api", re.IGNORECASE)
_MOST: Final = 100
"""Entries that are looked at; a controller has one or two."""


class UnreadableListError(Exception):
    """The value is no YAML list of objects; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the list; what is missing is empty."""

    name: str
    location: str
    sum: str
    arguments: tuple[str, ...]


def entries(config: KubeObject) -> tuple[Entry, ...]:
    """The entries of the ConfigMap, none when it has no such key.

    Raises:
        UnreadableListError: Its value is something else.
    """
    given = text(mapping(config.get("data")).get(KEY))
    try:
        read = yaml.safe_load(given) if given.strip() else []
    except (yaml.YAMLError, RecursionError) as error:
        raise UnreadableListError(" ".join(str(error).split())) from error
    if not isinstance(read, list) or not all(isinstance(each, dict) for each in read):
        raise UnreadableListError("it is no list of entries with name and location")
    return tuple(_entry(mapping(each)) for each in read[:_MOST])


def registered(install: Install) -> frozenset[str] | None:
    """The names in the list; None when it cannot be told."""
    if isinstance(install.config, Unread) or install.config is None:
        return None
    try:
        return frozenset(each.name for each in entries(install.config))
    except UnreadableListError:
        return None


def keda_mode(install: Install) -> settings.KedaMode:
    """What the plugin's args give Rollouts without a keda block; off, when it cannot be told."""
    if isinstance(install.config, Unread) or install.config is None:
        return settings.KedaMode.OFF
    try:
        ours = [each for each in entries(install.config) if each.name == PLUGIN_NAME]
        return settings.parse(ours[0].arguments, {}).keda if ours else settings.KedaMode.OFF
    except (UnreadableListError, settings.UsageError, settings.HelpRequested):
        return settings.KedaMode.OFF


def registration(install: Install) -> Iterator[Finding]:
    """Whether the list holds the plugin, as the controller and the router need it."""
    place = Place(kind="ConfigMap", namespace=install.namespace, name=CONFIG_MAP)
    config = install.config
    if isinstance(config, Unread):
        yield ail.UNREAD.at(place, config.why)
        return
    if config is None:
        yield ail.NO_CONFIG.at(place, f"it does not exist in namespace {install.namespace}")
        return
    try:
        found = entries(config)
    except UnreadableListError as error:
        yield ail.NOT_A_LIST.at(place, f"data.{KEY}: {error}")
        return
    yield from _entries(place, found)


def _entries(place: Place, found: tuple[Entry, ...]) -> Iterator[Finding]:
    ours = [each for each in found if each.name == PLUGIN_NAME]
    similar = [each.name for each in found if each.name != PLUGIN_NAME and _SIMILAR.search(each.name)]
    if not ours and similar:
        yield ail.WRONG_NAME.at(place, f'its name is "{similar[0]}", and has to be "{PLUGIN_NAME}"')
    elif not ours:
        names = ", ".join(f'"{each.name}"' for each in found) or "no entry"
        yield ail.NOT_REGISTERED.at(place, f"data.{KEY} has {names}, and none of name {PLUGIN_NAME}")
    if len(ours) > 1:
        yield ail.TWICE.at(place, f"data.{KEY} has {len(ours)} entries of name {PLUGIN_NAME}")
    for each in ours:
        yield from _flaws(place, each)


def _flaws(place: Place, entry: Entry) -> Iterator[Finding]:
    is_http = entry.location.startswith(_HTTP)
    if not _is_location(entry.location):
        yield ail.BAD_LOCATION.at(
            place, f'location "{entry.location}" names no file by file:// or http(s)://'
        )
    if is_http and not entry.sum:
        yield ail.NO_SUM.at(place, f"location {entry.location} has no sha256 beside it")
    if is_http and entry.sum and not _SUM.fullmatch(entry.sum):
        yield ail.BAD_SUM.at(place, f'sha256 "{entry.sum}" is not 64 hexadecimal digits')
    yield from _bad_arguments(place, entry)


def _is_location(location: str) -> bool:
    scheme = next((each for each in (*_HTTP, _FILE) if location.startswith(each)), "")
    return bool(scheme and location.removeprefix(scheme).strip("/."))


def _bad_arguments(place: Place, entry: Entry) -> Iterator[Finding]:
    try:
        chosen = settings.parse(entry.arguments, {})
    except (settings.UsageError, settings.HelpRequested) as error:
        yield ail.BAD_ARGUMENTS.at(place, f"args: {str(error).splitlines()[0]}")
        return
    if chosen.protocol is not settings.Protocol.NETRPC:
        yield ail.BAD_ARGUMENTS.at(place, "args: with -protocol grpc the controller refuses the plugin")


def _entry(fields: Mapping[str, object]) -> Entry:
    return Entry(
        name=text(fields.get("name")),
        location=text(fields.get("location")),
        sum=text(fields.get("sha256")),
        arguments=tuple(str(each) for each in items(fields.get("args"))),
    )
