"""The command line of each control plane program, and why its flags are as they are. Starts nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from e2e.bed import binaries
from e2e.bed.processes import Command

if TYPE_CHECKING:
    from pathlib import Path

    from e2e.bed.identities import Identity

# What the plugin writes is kept whole: which value was written, and in which order, is told by nothing else.
AUDIT_POLICY = """\
apiVersion: audit.k8s.io/v1
kind: Policy
rules:
  - {level: Request, users: [plugin], verbs: [patch, create]}
  - {level: Metadata}
"""
STAGES = ("node/fast", "node/heartbeat-with-lease", "pod/fast")

# These need real machines. With the node lifecycle controller on, one missed heartbeat would turn every pod's
# Ready to False, and rollouts would hang half-way.
MACHINE_CONTROLLERS = (
    "node-ipam-controller",
    "node-lifecycle-controller",
    "taint-eviction-controller",
    "node-route-controller",
    "cloud-node-lifecycle-controller",
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a bed keeps its files: all of them in one folder of its own."""

    folder: Path

    @property
    def certificate(self) -> Path:
        """The API server's certificate, which is its own authority."""
        return self.folder / "tls.crt"

    @property
    def key(self) -> Path:
        """The key of that certificate."""
        return self.folder / "tls.key"

    @property
    def tokens(self) -> Path:
        """The file of bearer tokens."""
        return self.folder / "tokens.csv"

    @property
    def audit_log(self) -> Path:
        """One JSON line an API call, if the bed was asked for it."""
        return self.folder / "audit.log"

    def log(self, name: str) -> Path:
        """The log of one program."""
        return self.folder / f"{name}.log"

    def kubeconfig(self, who: Identity | str) -> Path:
        """The kubeconfig file of one identity."""
        name = who if isinstance(who, str) else who.name
        # A colon, as in a service account's name, would make two paths of one in the variable KUBECONFIG.
        return self.folder / f"{name.replace(':', '-')}.kubeconfig"

    def command(self, name: str, *arguments: str) -> Command:
        """A program of the bed in this bed's folder."""
        return Command(
            name=name,
            program=binaries.program(name),
            arguments=arguments,
            log=self.log(name),
            folder=self.folder,
        )


def etcd(layout: Layout, *, client: int, peer: int) -> Command:
    """One member; what a power cut would lose is nobody's loss here."""
    own, clients = f"http://127.0.0.1:{peer}", f"http://127.0.0.1:{client}"
    return layout.command(
        "etcd",
        f"--data-dir={layout.folder / 'etcd'}",
        f"--listen-client-urls={clients}",
        f"--advertise-client-urls={clients}",
        f"--listen-peer-urls={own}",
        f"--initial-advertise-peer-urls={own}",
        f"--initial-cluster=default={own}",
        "--unsafe-no-fsync",
        "--log-level=warn",
    )


def api_server(layout: Layout, *, port: int, etcd_port: int, audit: bool) -> Command:
    """Listens on loopback alone. The address it would publish is one of those reserved for documentation."""
    return layout.command(
        "kube-apiserver",
        f"--etcd-servers=http://127.0.0.1:{etcd_port}",
        f"--secure-port={port}",
        "--bind-address=127.0.0.1",
        "--advertise-address=192.0.2.1",
        "--endpoint-reconciler-type=none",
        f"--tls-cert-file={layout.certificate}",
        f"--tls-private-key-file={layout.key}",
        f"--token-auth-file={layout.tokens}",
        "--authorization-mode=RBAC",
        "--service-account-issuer=https://bed.invalid",
        f"--service-account-key-file={layout.key}",
        f"--service-account-signing-key-file={layout.key}",
        "--service-cluster-ip-range=10.96.0.0/16",
        # The second would taint a new node as not ready, and nothing here would lift that.
        "--disable-admission-plugins=ServiceAccount,TaintNodesByCondition",
        *(_audit(layout) if audit else ()),
    )


def controller_manager(layout: Layout, *flags: str) -> Command:
    """All controllers but those that need real machines; further flags go last."""
    return layout.command(
        "kube-controller-manager",
        f"--kubeconfig={layout.kubeconfig('admin')}",
        "--leader-elect=false",
        "--secure-port=0",
        f"--service-account-private-key-file={layout.key}",
        f"--controllers=*,{','.join('-' + name for name in MACHINE_CONTROLLERS)}",
        *flags,
    )


def scheduler(layout: Layout) -> Command:
    """The stock scheduler."""
    return layout.command(
        "kube-scheduler",
        f"--kubeconfig={layout.kubeconfig('admin')}",
        "--leader-elect=false",
        "--secure-port=0",
    )


def kwok(layout: Layout, *, port: int, pod_range: str) -> Command:
    """Plays every node and its kubelet, by the stages of its own module in one file."""
    stages = layout.folder / "stages.yaml"
    files = [file for stage in STAGES for file in sorted((binaries.kwok_stages() / stage).glob("*.yaml"))]
    stages.write_text("---\n".join(file.read_text() for file in files if file.name != "kustomization.yaml"))
    return layout.command(
        "kwok",
        f"--kubeconfig={layout.kubeconfig('admin')}",
        f"--config={stages}",
        "--manage-all-nodes=true",
        f"--cidr={pod_range}",
        # By default it would listen on all interfaces.
        f"--server-address=127.0.0.1:{port}",
        f"--node-port={port}",
    )


def _audit(layout: Layout) -> tuple[str, ...]:
    policy = layout.folder / "audit-policy.yaml"
    policy.write_text(AUDIT_POLICY)
    return (f"--audit-policy-file={policy}", f"--audit-log-path={layout.audit_log}")
