"""The namespace that is meant when a command names none. Reads the same places as `credentials`, and no credential."""

from pathlib import Path
from typing import Final

from rollouts_router.kube import kubeconfig
from rollouts_router.kube.sources import Sources

DEFAULT: Final = "default"


def current(sources: Sources) -> str:
    """That of the kubeconfig's context, else of the pod this runs in, else `default`. Blocks.

    Raises:
        CredentialsError: A kubeconfig cannot be used.
    """
    paths, _ = sources.kubeconfigs()
    selection = kubeconfig.select([path for path in paths if path.exists()], sources.context)
    if selection is not None:
        return selection.namespace or DEFAULT
    return _of_the_pod(sources.service_account / "namespace") or DEFAULT


def _of_the_pod(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError:
        return ""
