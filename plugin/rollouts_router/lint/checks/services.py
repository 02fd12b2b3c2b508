"""The two Services of a Rollout: whether it names them, whether they are there, and whether they mean its pods."""

from collections.abc import Iterator

from rollouts_router.core.config import parse_config
from rollouts_router.core.errors import FieldError, RoutingError
from rollouts_router.core.keda.gates import HASH_LABEL
from rollouts_router.core.model import Rollout
from rollouts_router.core.order import order_of
from rollouts_router.findings.model import Finding
from rollouts_router.lint.checks.decoded import decode, sentence_of
from rollouts_router.lint.checks.plugin import BLOCK
from rollouts_router.lint.checks.selecting import pod_labels
from rollouts_router.lint.checks.strategy import CANARY
from rollouts_router.lint.manifests import ROLLOUTS, Given, Manifest
from rollouts_router.lint.rules import routes as rules


def check_services(given: Given) -> Iterator[Finding]:
    """Every Rollout that the plugin routes."""
    for manifest in given.of("Rollout", ROLLOUTS):
        rollout = decode(manifest).rollout
        if rollout is None or manifest.get(*BLOCK) is None:
            continue
        flaw, names = _services(rollout)
        if flaw:
            yield manifest.finding(rules.SERVICES, flaw, *CANARY)
        for name in names:
            yield from _service(given, manifest, name)


def _services(rollout: Rollout) -> tuple[str, list[str]]:
    """What is wrong with the backends of a Rollout, or the names of those that are Services."""
    try:
        backends = order_of(rollout, parse_config(rollout)).backends
    except FieldError as error:
        return ("" if BLOCK[-1] in error.field else sentence_of(error)), []
    except RoutingError as error:
        return sentence_of(error), []
    return "", [each.name for each in (backends.stable, backends.canary) if each.kind == "Service"]


def _service(given: Given, manifest: Manifest, name: str) -> Iterator[Finding]:
    service = given.named(manifest, "Service", name, "")
    if service is None:
        if given.near(manifest, "Service", ""):
            yield manifest.finding(rules.SERVICE_MISSING, f"Service {name}", *CANARY)
        return
    labels = pod_labels(given, manifest)
    wanted = {key: value for key, value in service.map("spec", "selector").items() if key != HASH_LABEL}
    if labels is not None and any(labels.get(key) != value for key, value in wanted.items()):
        told = ", ".join(f"{key}={value}" for key, value in wanted.items())
        sentence = f"it selects {told}, which the pods of Rollout {manifest.name} are not"
        yield service.finding(rules.SELECTS_NOTHING, sentence, "spec", "selector")
