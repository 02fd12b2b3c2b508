"""A cluster as far as `serve` asks one: who has a token, what he may do, a Rollout and its route. No assertion lives here."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import jsonpatch
import yaml
from aiohttp import web
from tests.fakes.manifests import manifest
from tests.fakes.objects import Json, spec
from tests.kube.api_server import ApiServer, Received, json_answer, status_answer

GATEWAY = "/apis/gateway.networking.k8s.io"
ROLLOUT = "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/web"
ROUTE = f"{GATEWAY}/v1/namespaces/shop/httproutes/web"
READS = ("get", "list")
ALL = (*READS, "patch")


@dataclass
class Cluster:
    """What it knows. Tokens are `token-of-` and the user's name; `rights` are each user's verbs, for everything."""

    rights: dict[str, tuple[str, ...]]
    server: ApiServer = field(default_factory=ApiServer)
    objects: dict[str, Json] = field(default_factory=dict)
    reviews: list[Json] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server.otherwise = self.answer
        self.objects[ROLLOUT] = manifest({"httpRoute": "web"})
        meta = {"name": "web", "namespace": "shop", "uid": "u", "generation": 1, "resourceVersion": "1"}
        self.objects[ROUTE] = {"metadata": meta, "spec": spec()}

    @property
    def weights(self) -> list[int]:
        """Of stable and canary, as they are in the route."""
        return [each["weight"] for each in self.objects[ROUTE]["spec"]["rules"][0]["backendRefs"]]

    def kubeconfig(self, folder: Path) -> Path:
        """How to reach it."""
        path = folder / "kubeconfig"
        entries = {
            "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}],
            "clusters": [{"name": "c", "cluster": {"server": self.server.url}}],
            "users": [{"name": "c", "user": {"token": "the-servers-own"}}],
        }
        path.write_text(yaml.safe_dump(entries))
        return path

    async def answer(self, request: Received) -> web.StreamResponse:
        """Answer one request."""
        path = request.target.partition("?")[0]
        if request.method == "POST":
            return self._review(json.loads(request.body))
        if path == GATEWAY:
            return json_answer({"versions": [{"version": "v1"}]})
        if path == f"{GATEWAY}/v1":
            return json_answer({"resources": [{"name": "httproutes"}]})
        if path.endswith("/httproutes"):
            return json_answer({"metadata": {}, "items": []})
        if path not in self.objects:
            return status_answer(404, "NotFound", "not found", name="x")
        if request.method == "PATCH":
            self.objects[path] = jsonpatch.apply_patch(self.objects[path], json.loads(request.body))
        return json_answer(self.objects[path])

    def _review(self, question: Json) -> web.StreamResponse:
        self.reviews.append(question)
        asked = question["spec"]
        if question["kind"] == "TokenReview":
            user = asked["token"].removeprefix("token-of-")
            known = user in self.rights
            return json_answer(
                {"status": {"authenticated": known, "user": {"username": user if known else ""}}}
            )
        verb = asked["resourceAttributes"]["verb"]
        return json_answer({"status": {"allowed": verb in self.rights.get(asked["user"], ())}})


@asynccontextmanager
async def cluster(**rights: tuple[str, ...]) -> AsyncIterator[Cluster]:
    """A cluster with these users until the block ends."""
    found = Cluster(rights)
    await found.server.start()
    try:
        yield found
    finally:
        await found.server.stop()
