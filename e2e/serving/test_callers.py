"""Callers of a server on the real API server: each moves the traffic that the cluster lets him move, and no other."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest
import yaml

from e2e.bed import objects, waiting
from e2e.serving.certificates import Authority
from e2e.serving.place import APP, MOVES, READS

if TYPE_CHECKING:
    from pathlib import Path

    from e2e.serving.place import Place

pytestmark = pytest.mark.asyncio(loop_scope="session")

UNTOUCHED: Final = [100, 0]
MOVED: Final = [80, 20]
SOON: Final = 40.0  # seconds; an answer about rights holds for ten


async def test_a_token_moves_what_its_account_may_move_and_others_do_not(place: Place) -> None:
    mover = await place.service_account("mover", *MOVES)
    reader = await place.service_account("reader", *READS)
    async with place.serving("--token-auth") as address:
        where = ("--address", address)
        nobody = await place.set_weight(20, *where)
        garbage = await place.set_weight(20, *where, token="garbage")
        refused = await place.set_weight(20, *where, token=reader)
        assert await place.weights() == UNTOUCHED
        rollout = f"{place.namespace}/{APP}"
        looked = await place.call(*where, "plan", "set-weight", rollout, "20", token=reader)
        moved = await place.set_weight(20, *where, token=mover)

    assert (nobody.status, garbage.status, refused.status) == (1, 1, 1)
    assert "UNAUTHENTICATED" in nobody.said
    assert "UNAUTHENTICATED" in garbage.said
    user = f"system:serviceaccount:{place.namespace}:reader"
    assert "PERMISSION_DENIED" in refused.said
    assert f'user "{user}" may not do this in the cluster' in refused.said
    assert "verb: patch" in refused.said
    assert "resource: httproutes.gateway.networking.k8s.io" in refused.said
    assert looked.status == 0, looked.said
    assert moved.status == 0, moved.said
    assert await place.weights() == MOVED


async def test_rights_end_at_the_namespace_whatever_a_manifest_says(place: Place) -> None:
    """A manifest of one's own that names a route of another team."""
    elsewhere = f"{place.namespace}-other"
    await place.plane.create_namespace(elsewhere)
    await place.plane.admin.apply(objects.route("HTTPRoute", APP, elsewhere, rules=[objects.rule(APP)]))
    mover = await place.service_account("mover", *MOVES)
    forged = objects.rollout(
        APP, place.namespace, steps=[], plugin={"httpRoute": APP, "namespace": elsewhere}
    )
    stolen = objects.rollout(APP, elsewhere, steps=[], plugin={"httpRoute": APP})
    async with place.serving("--token-auth") as address:
        ended = []
        for number, manifest in enumerate((forged, stolen)):
            file = place.folder / f"{number}.yaml"
            file.write_text(yaml.safe_dump(manifest))
            ended.append(await place.call("--address", address, "set-weight", str(file), "100", token=mover))

    assert [each.status for each in ended] == [1, 1]
    assert all("PERMISSION_DENIED" in each.said for each in ended)
    assert f"namespace: {elsewhere}" in ended[0].said
    assert "resource: rollouts.argoproj.io" in ended[1].said
    route = await place.plane.admin.get("HTTPRoute", APP, elsewhere)
    assert list(objects.weights_of(route).values()) == UNTOUCHED


async def test_a_right_that_is_taken_away_is_gone_within_seconds(place: Place) -> None:
    mover = await place.service_account("mover", *MOVES)
    async with place.serving("--token-auth") as address:
        where = ("--address", address)
        assert (await place.set_weight(20, *where, token=mover)).status == 0
        await place.plane.admin.delete("RoleBinding", "mover", place.namespace)

        async def refused() -> bool | None:
            ended = await place.set_weight(20, *where, token=mover)
            return True if "PERMISSION_DENIED" in ended.said else None

        await waiting.until(refused, within=SOON, what="a refusal")


async def test_with_an_audience_only_tokens_that_were_issued_for_it_count(place: Place) -> None:
    general = await place.service_account("mover", *MOVES)
    own = await place.token("mover", "rollouts-router")
    async with place.serving("--token-auth", "--token-audience", "rollouts-router") as address:
        refused = await place.set_weight(20, "--address", address, token=general)
        moved = await place.set_weight(20, "--address", address, token=own)

    assert "UNAUTHENTICATED" in refused.said
    assert moved.status == 0, moved.said
    assert await place.weights() == MOVED


async def test_a_certificate_moves_what_its_user_or_group_may_move(place: Place, tmp_path: Path) -> None:
    await place.grant("alice", {"kind": "User", "name": "alice"}, *MOVES)
    await place.grant("lookers", {"kind": "Group", "name": "lookers"}, *READS)
    authority = await Authority.found(tmp_path)
    server = await authority.issue("server", "/CN=server", "subjectAltName=IP:127.0.0.1\n")
    client = "extendedKeyUsage=clientAuth\n"
    alice = await authority.issue("alice", "/CN=alice", client)
    bob = await authority.issue("bob", "/O=lookers/CN=bob", client)
    tls = ("--tls-cert", str(server[0]), "--tls-key", str(server[1]))

    def of(pair: tuple[Path, Path] | None) -> tuple[str, ...]:
        shown = () if pair is None else ("--cert-file", str(pair[0]), "--key-file", str(pair[1]))
        return ("--address", address, "--tls", "--ca-file", str(authority.certificate), *shown)

    async with place.serving(*tls, "--client-ca", str(authority.certificate)) as address:
        nobody = await place.set_weight(20, *of(None))
        plain = await place.set_weight(20, "--address", address)
        refused = await place.set_weight(20, *of(bob))
        assert await place.weights() == UNTOUCHED
        moved = await place.set_weight(20, *of(alice))

    assert "UNAVAILABLE" in nobody.said
    assert "UNAVAILABLE" in plain.said
    assert "PERMISSION_DENIED" in refused.said
    assert 'user "bob" may not do this' in refused.said
    assert moved.status == 0, moved.said
    assert await place.weights() == MOVED


async def test_the_server_has_the_rights_that_the_project_ships_and_asks_for_no_others(place: Place) -> None:
    """Nothing that it ever asked of the API server in these tests was refused to the server itself."""
    mover = await place.service_account("mover", *MOVES)
    async with place.serving("--token-auth") as address:
        assert (await place.set_weight(20, "--address", address, token=mover)).status == 0

    asked = [json.loads(line) for line in place.plane.audit_log.read_text().splitlines()]
    own = [each for each in asked if each["userAgent"].startswith("rollouts-router/")]
    assert [each["requestURI"] for each in own if each.get("responseStatus", {}).get("code") == 403] == []
    reviews = {each["objectRef"]["resource"] for each in own if each["verb"] == "create"}
    assert reviews == {"tokenreviews", "subjectaccessreviews"}
