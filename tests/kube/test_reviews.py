"""Who somebody is, and what he may do."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.kube.api_server import ApiServer, json_answer, status_answer
from tests.kube.fakes import FakeTime

from rollouts_router.kube.callers import Caller
from rollouts_router.kube.client import Client
from rollouts_router.kube.errors import Forbidden, Unavailable
from rollouts_router.kube.resources import Call, Resource, Verb
from rollouts_router.kube.reviews import DECISION_SECONDS, AccessReviews, TokenReviews

TOKEN = "t0ken-of-alice"
USER = {"username": "alice", "uid": "1", "groups": ["devs"], "extra": {"b": ["2"], "a": ["1"]}}
ALICE = Caller(user="alice", uid="1", groups=("devs",), extra=(("a", ("1",)), ("b", ("2",))))
CALL = Call(verb=Verb.PATCH, resource=Resource("example.io", "v1", "things"), namespace="shop", name="web")

Status = dict[str, Any]


@dataclass
class Oracle:
    """Answers every review with one status."""

    status: Any
    asked: list[Status] = field(default_factory=list)

    async def review(self, resource: Resource, question: Any) -> Any:
        """Remember the question, answer."""
        self.asked.append(json.loads(json.dumps(question)))
        await asyncio.sleep(0)
        return {**question, "status": self.status}


@pytest.fixture
def tokens(time: FakeTime) -> Callable[..., TokenReviews]:
    """Makes token reviews."""

    def make(oracle: Oracle, audience: str = "") -> TokenReviews:
        return TokenReviews(oracle, audience=audience, clock=time.clock)

    return make


async def test_a_token_is_whose_the_cluster_says(tokens: Callable[..., TokenReviews]) -> None:
    oracle = Oracle({"authenticated": True, "user": USER, "audiences": ["https://api"]})

    assert await tokens(oracle).caller(TOKEN) == ALICE
    assert oracle.asked == [
        {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": TOKEN}}
    ]


@pytest.mark.parametrize(
    "status",
    [
        {},
        {"authenticated": False, "error": "expired"},
        {"authenticated": False, "user": USER},
        {"authenticated": True},
        {"authenticated": True, "user": {"username": ""}},
    ],
)
async def test_without_a_clear_yes_and_a_name_it_is_nobodys(
    tokens: Callable[..., TokenReviews], status: Status
) -> None:
    assert await tokens(Oracle(status)).caller(TOKEN) is None


@pytest.mark.parametrize(
    ("audiences", "caller"),
    [(["ours"], ALICE), (["theirs", "ours"], ALICE), (["theirs"], None), ([], None), (None, None)],
)
async def test_with_an_audience_only_tokens_count_that_were_issued_for_it(
    tokens: Callable[..., TokenReviews], audiences: list[str] | None, caller: Caller | None
) -> None:
    """Also where an authenticator does not know of audiences, and so does not answer with any."""
    oracle = Oracle({"authenticated": True, "user": USER, "audiences": audiences})

    assert await tokens(oracle, "ours").caller(TOKEN) == caller
    assert oracle.asked[0]["spec"]["audiences"] == ["ours"]


@pytest.mark.parametrize("status", [{"authenticated": True, "user": USER}, {"authenticated": False}])
async def test_an_answer_is_remembered_for_its_time_and_for_that_token_only(
    tokens: Callable[..., TokenReviews], time: FakeTime, status: Status
) -> None:
    oracle = Oracle(status)
    reviews = tokens(oracle)

    for _ in range(3):
        await reviews.caller(TOKEN)
    await reviews.caller(TOKEN + "2")
    time.now += DECISION_SECONDS
    await reviews.caller(TOKEN)

    assert [each["spec"]["token"] for each in oracle.asked] == [TOKEN, TOKEN + "2", TOKEN]


async def test_no_token_stays_behind(tokens: Callable[..., TokenReviews]) -> None:
    """What is remembered holds a digest that nobody can compute without this process' key."""
    secret = "s3cret-".join("abcdef")
    oracle = Oracle({"authenticated": True, "user": USER})
    reviews, others = tokens(oracle), tokens(oracle)

    await reviews.caller(secret)
    await others.caller(secret)

    ((mine, _),) = reviews._known._known.items()
    ((theirs, _),) = others._known._known.items()
    assert secret.encode() not in mine
    assert mine != theirs


async def test_a_right_is_what_the_cluster_says_of_exactly_that_request(time: FakeTime) -> None:
    oracle = Oracle({"allowed": True})

    assert await AccessReviews(oracle, clock=time.clock).allowed(ALICE, CALL)

    (question,) = oracle.asked
    assert question["apiVersion"] == "authorization.k8s.io/v1"
    assert question["kind"] == "SubjectAccessReview"
    assert question["spec"] == {
        "user": "alice",
        "uid": "1",
        "groups": ["devs"],
        "extra": {"a": ["1"], "b": ["2"]},
        "resourceAttributes": {
            "verb": "patch",
            "group": "example.io",
            "version": "v1",
            "resource": "things",
            "namespace": "shop",
            "name": "web",
        },
    }


@pytest.mark.parametrize(
    "status",
    [
        {},
        {"allowed": False},
        {"allowed": False, "evaluationError": "role not found"},
        {"allowed": True, "denied": True},
    ],
)
async def test_without_a_clear_yes_it_is_no(time: FakeTime, status: Status) -> None:
    assert not await AccessReviews(Oracle(status), clock=time.clock).allowed(ALICE, CALL)


async def test_a_right_is_remembered_for_its_time_for_that_caller_and_that_request_only(
    time: FakeTime,
) -> None:
    oracle = Oracle({"allowed": True})
    reviews = AccessReviews(oracle, clock=time.clock)
    other = Call(verb=Verb.PATCH, resource=CALL.resource, namespace="shop", name="other")
    grouped = Caller(user="alice", uid="1", groups=("ops",))

    for caller, call in [(ALICE, CALL), (ALICE, CALL), (ALICE, other), (grouped, CALL), (ALICE, CALL)]:
        await reviews.allowed(caller, call)
    time.now += DECISION_SECONDS
    await reviews.allowed(ALICE, CALL)

    assert len(oracle.asked) == 4


@pytest.mark.parametrize("status", [None, "yes", {"allowed": "true"}, {"allowed": 1}])
async def test_what_is_no_review_is_no_answer(time: FakeTime, status: object) -> None:
    with pytest.raises(Unavailable, match="the answer is no review"):
        await AccessReviews(Oracle(status), clock=time.clock).allowed(ALICE, CALL)


async def test_the_api_server_is_asked_by_post_and_its_errors_are_told(
    server: ApiServer, client: Client, time: FakeTime
) -> None:
    server.answers(
        json_answer({"status": {"authenticated": True, "user": USER}}, status=201),
        status_answer(403, "Forbidden", "tokenreviews is forbidden"),
    )
    reviews = TokenReviews(client, audience="", clock=time.clock)

    assert await reviews.caller(TOKEN) == ALICE
    with pytest.raises(Forbidden) as caught:
        await reviews.caller("another")

    sent = server.received[0]
    assert (sent.method, sent.target) == ("POST", "/apis/authentication.k8s.io/v1/tokenreviews")
    assert sent.headers["Content-Type"] == "application/json"
    assert "another" not in str(caught.value)
