"""Where credentials are looked for; nothing is read here.

Source: Kubernetes, "Organizing Cluster Access Using kubeconfig Files" and "Accessing the API from within a Pod".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Sources:
    """Environment variables (KUBECONFIG, HOME, KUBERNETES_SERVICE_*, proxies) and the root of the file system.

    `context` is the kubeconfig's context to use; empty means its current one. The root is where the service account's files are found below; paths in KUBECONFIG and HOME are taken as they
    are.
    """

    environment: Mapping[str, str]
    root: Path = Path("/")
    context: str = ""

    @property
    def service_account(self) -> Path:
        """The folder of token and certificate authority that a pod is given."""
        return self.root / "var/run/secrets/kubernetes.io/serviceaccount"

    def kubeconfigs(self) -> tuple[list[Path], str]:
        """The kubeconfig files to merge and the words for where they come from.

        KUBECONFIG excludes the file in the home directory, even if none of its files exists.
        """
        listed = self.environment.get("KUBECONFIG", "")
        if paths := [Path(path) for path in listed.split(":") if path]:
            return paths, f"KUBECONFIG={listed}"
        home = self.environment.get("HOME")
        if not home:
            return [], "KUBECONFIG and HOME (not set)"
        path = Path(home) / ".kube" / "config"
        return [path], f"KUBECONFIG (not set), {path}"
