"""The install: a good one is called that, before, during and after a canary; a broken one is told by what is broken."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from e2e.bed import access, objects, waiting
from e2e.bed.kinds import RBAC
from e2e.doctor.installation import CONFIG, ENTRY, NAME, ROLE, doctor
from e2e.scenarios.application import Application
from e2e.scenarios.configs import AT_ONCE
from e2e.scenarios.gateways import catches_up

if TYPE_CHECKING:
    from e2e.bed.kinds import Object
    from e2e.doctor.installation import Diagnosis, Installation
    from e2e.scenarios.journal import Journal
    from e2e.scenarios.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

READS = {"get", "list"}
QUESTIONS = {"selfsubjectaccessreviews", "subjectaccessreviews"}
SOON = 30.0  # seconds; times of the API have whole ones


async def test_a_healthy_install_has_no_finding_whether_a_canary_runs_or_not(
    site: Site, installation: Installation
) -> None:
    shop = Application(site=site, name="shop", config={"httpRoute": "web", **AT_ONCE}, weights=(20,))
    await shop.is_deployed(_web(site))
    await catches_up(site, *shop.routes)
    audit = site.audit
    _is_clean(await installation.examined())
    assert _writes(audit) == set()
    shown = doctor(site.plane, f"--controller-namespace={site.namespace}", f"{site.namespace}/shop")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.endswith("nothing found: it will work\n")

    await shop.releases(2)
    await shop.reaches(20)
    await catches_up(site, *shop.routes)
    _is_clean(await installation.examined())

    await shop.finishes()
    await catches_up(site, *shop.routes)
    _is_clean(await installation.examined())


BROKEN: dict[str, str] = {
    "RR102": "[]",
    "RR103": json.dumps([{**ENTRY, "name": "argoproj-labs/gatewayapi"}]),
    "RR104": "name: [",
    "RR105": json.dumps([{**ENTRY, "location": "/plugins/rollouts-router"}]),
    "RR106": json.dumps([{**ENTRY, "location": "https://files.example.com/rollouts-router"}]),
    "RR108": json.dumps([{**ENTRY, "args": ["-loglevel=loud"]}]),
}


async def test_a_registration_that_cannot_work_is_told_by_its_flaw_until_it_is_repaired(
    installation: Installation,
) -> None:
    for code, text in BROKEN.items():
        await installation.configures(text)
        found = await installation.examined()
        assert code in found.codes, code
        assert found.status == (0 if code == "RR106" and "RR113" not in found.codes else 1)
    await installation.plane.admin.delete("ConfigMap", CONFIG, installation.namespace)
    assert (await installation.examined()).about("RR101") == [f"ConfigMap {CONFIG}"]
    await installation.registers(ENTRY)
    assert not (await installation.examined()).codes - {"RR113"}


async def test_a_controller_that_was_not_restarted_is_told_until_it_is(installation: Installation) -> None:
    async def told() -> Diagnosis | None:
        """The time of a change has whole seconds, and the pod may have started in the same one."""
        await installation.registers({**ENTRY, "args": ["-loglevel=debug"]})
        await installation.registers(ENTRY)
        found = await installation.examined()
        return found if "RR113" in found.codes else None

    found = await waiting.until(told, within=SOON, what="the stale controller is told")
    assert found.status == 1
    await installation.runs(env=[{"name": "RESTARTED", "value": "1"}])

    async def fresh() -> bool | None:
        return None if (await installation.examined()).codes else True

    await waiting.until(fresh, within=SOON, what="the new pod is not stale")


async def test_a_controller_that_does_not_run_or_is_not_there_is_told(installation: Installation) -> None:
    admin, namespace = installation.plane.admin, installation.namespace
    await installation.runs(image="quay.io/argoproj/argo-rollouts:v0.9.0")
    assert "RR112" in (await installation.examined()).codes
    await admin.merge_patch("Deployment", NAME, namespace, {"spec": {"replicas": 0}})
    await admin.wait_until(
        "Deployment", NAME, namespace, lambda found: not (found["status"].get("availableReplicas"))
    )
    assert (await installation.examined()).about("RR111") == [f"Deployment {NAME}"]
    await admin.delete("Deployment", NAME, namespace)
    found = await installation.examined()
    assert found.status == 1
    assert found.codes >= {"RR110", "RR122"}  # and so its account is not known


async def test_a_verb_that_was_taken_from_the_role_is_asked_for_by_its_rule(
    site: Site, installation: Installation
) -> None:
    await _submits(site)
    admin, lame = site.plane.admin, f"lame-{site.namespace}"
    role = await admin.get("ClusterRole", ROLE)
    rules: list[Object] = [
        {**rule, "verbs": [verb for verb in rule["verbs"] if verb != "patch"]} for rule in role["rules"]
    ]
    await admin.apply({"apiVersion": RBAC, "kind": "ClusterRole", "metadata": {"name": lame}, "rules": rules})
    await access.grant(admin, lame, installation.user, site.namespace)
    await admin.delete("RoleBinding", f"{ROLE}-to-{installation.user}", site.namespace)

    async def told() -> Diagnosis | None:
        found = await installation.examined()
        return found if "RR120" in found.codes else None

    found = await waiting.until(told, within=SOON, what="the right is missed")
    assert found.status == 1
    assert found.about("RR120") == [f"ServiceAccount {NAME}"]
    assert '{apiGroups: ["gateway.networking.k8s.io"], resources: ["httproutes"], verbs: ["patch"]}' in (
        found.sentence("RR120")
    )
    await access.grant(admin, ROLE, installation.user, site.namespace)
    assert "RR120" not in (await installation.examined()).codes
    await admin.delete("ClusterRole", lame)


async def test_whoever_may_read_little_is_told_what_could_not_be_looked_at(
    site: Site, installation: Installation
) -> None:
    await _submits(site)
    found = await installation.examined(f"{site.namespace}/shop", identity="plugin")
    assert found.status == 1
    assert found.codes == {"RR100", "RR122", "RR209"}
    assert "Traceback" not in found.errors


async def test_a_cluster_that_is_not_to_be_had_is_exit_status_2(installation: Installation) -> None:
    done = await asyncio.to_thread(doctor, installation.plane, "--context=nowhere")
    assert (done.returncode, done.stdout) == (2, "")
    assert 'the kubeconfig has no context "nowhere"' in done.stderr


async def _submits(site: Site) -> None:
    shop = Application(site=site, name="shop", config={"httpRoute": "web", **AT_ONCE}, weights=(20,))
    await shop.is_submitted(_web(site))


def _web(site: Site) -> Object:
    return objects.route("HTTPRoute", "web", site.namespace, rules=[objects.rule("shop")])


def _is_clean(found: Diagnosis) -> None:
    assert (found.status, found.findings, found.errors) == (0, [], "")


def _writes(audit: Journal) -> set[str]:
    """What the doctor asked for beside reading, by verb and resource."""
    calls = [json.loads(line) for line in audit.lines()]
    ours = [
        each
        for each in calls
        if each["userAgent"].startswith("rollouts-router/") and each["user"]["username"] == "admin"
    ]
    assert ours
    return {
        f"{each['verb']} {each['objectRef']['resource']}"
        for each in ours
        if each["verb"] not in READS and each["objectRef"]["resource"] not in QUESTIONS
    }
