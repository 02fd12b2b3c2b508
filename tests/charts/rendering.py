"""The charts, rendered by Helm's own engine: values in, objects out. What they should hold is asked by the tests."""

from __future__ import annotations

import functools
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml
from tests.charts import helm

Object: TypeAlias = dict[str, Any]
"""A Kubernetes object, or a part of one: untyped JSON, named once."""

ROOT: Final = Path(__file__).parents[2]
CHARTS: Final = ROOT / "charts"
APPLICATION: Final = "progressive-app"
# The loader in C is ten times as fast.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class RefusedError(Exception):
    """The chart refuses the values; the text is what a user is told."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """All objects of one release, in their order."""

    objects: tuple[Object, ...]

    def of_kind(self, kind: str) -> list[Object]:
        """The objects of a kind."""
        return [each for each in self.objects if each["kind"] == kind]

    def one(self, kind: str) -> Object:
        """The only object of a kind."""
        found = self.of_kind(kind)
        assert len(found) == 1, f"{len(found)} of kind {kind}"
        return found[0]

    def steps(self) -> list[Object]:
        """The canary steps of the Rollout."""
        return list(self.one("Rollout")["spec"]["strategy"]["canary"]["steps"])


def render(values: Object, *, name: str = "shop", namespace: str = "team") -> Rendered:
    """The application chart with these values, as `helm template` has it; `RefusedError` where Helm fails."""
    return Rendered(tuple(thing for thing in yaml.load_all(text(values, name, namespace), _LOADER) if thing))


def text(values: Object, name: str = "shop", namespace: str = "team") -> str:
    """What `helm template` would print."""
    try:
        rendered = helm.rendered(built(APPLICATION), values, name, namespace)
    except helm.HelmError as error:
        raise RefusedError(str(error)) from error
    return "\n".join(rendered[path] for path in sorted(rendered) if path.endswith(".yaml"))


@functools.cache
def built(chart: str) -> Path:
    """A chart in a folder of its own, with its dependencies, as `helm dependency build` leaves it."""
    folder = Path(_keep_folder().name)
    if not (folder / "progressive").exists():
        ignored = shutil.ignore_patterns("charts", "Chart.lock")
        shutil.copytree(
            CHARTS,
            folder,
            ignore=lambda at, names: ignored(at, names) if Path(at) != CHARTS else set(),
            dirs_exist_ok=True,
        )
    helm.with_dependencies(folder / chart)
    return folder / chart


@functools.cache
def _keep_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="charts-")


def sentences(refusal: str) -> list[str]:
    """The sentences of a refusal, one for each thing that is wrong."""
    return re.findall(r"^- (.*)$", refusal, re.MULTILINE)
