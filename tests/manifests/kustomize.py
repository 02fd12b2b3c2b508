"""Builds with the real kustomize, the one in kubectl."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml

Object: TypeAlias = dict[str, Any]

KUBECTL: Final = Path(sys.executable).with_name("kubectl")
LIMIT: Final = 60.0  # seconds


def built(folder: Path) -> dict[tuple[str, str], Object]:
    """The objects of a kustomization, by kind and name."""
    command = [str(KUBECTL), "kustomize", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)  # noqa: S603 -- a wheel's
    assert not done.returncode, done.stderr
    return {(each["kind"], each["metadata"]["name"]): each for each in yaml.safe_load_all(done.stdout)}
