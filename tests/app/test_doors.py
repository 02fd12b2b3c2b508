"""Who comes in, and as whom."""

from collections.abc import Callable

import pytest
from tests.fakes.log import Lines

from rollouts_router.app.doors import AUTHENTICATED, CertificateDoor, OpenDoor, TokenDoor
from rollouts_router.kube.callers import Caller, acting_for
from rollouts_router.kube.errors import ApiError, Forbidden, Unavailable
from rollouts_router.kube.resources import Call, Resource, Verb
from rollouts_router.kube.reviews import TokenReviews
from rollouts_router.transports.standalone.admission import Shown, StrangerError, UndecidedError

ALICE = Caller(user="alice", groups=("devs", AUTHENTICATED))
REVIEW = Call(verb=Verb.CREATE, resource=Resource("authentication.k8s.io", "v1", "tokenreviews"))


class Reviewer:
    """Knows one token."""

    def __init__(self, error: ApiError | None = None) -> None:
        self._error = error
        self.asked: list[str] = []

    async def review(self, _resource: Resource, question: dict[str, dict[str, str]]) -> object:
        """Answer."""
        if self._error is not None:
            raise self._error
        token = question["spec"]["token"]
        self.asked.append(token)
        user = {"username": "alice", "groups": list(ALICE.groups)}
        return {"status": {"authenticated": token == "good", "user": user}}


@pytest.fixture
def door() -> Callable[..., TokenDoor]:
    """Makes a door for tokens."""

    def make(reviewer: Reviewer, log: Lines | None = None) -> TokenDoor:
        reviews = TokenReviews(reviewer, audience="", clock=lambda: 0.0)  # type: ignore[arg-type] - as far as asked
        return TokenDoor(reviews, log or Lines())

    return make


async def test_an_open_door_asks_nothing_and_names_nobody() -> None:
    await OpenDoor().admit(Shown())

    assert acting_for() is None


@pytest.mark.parametrize("header", ["Bearer good", "bearer good"])
async def test_a_token_of_the_cluster_makes_the_task_act_for_its_owner(
    door: Callable[..., TokenDoor], header: str
) -> None:
    await door(Reviewer()).admit(Shown(authorization=(header,)))

    assert acting_for() == ALICE


@pytest.mark.parametrize(
    "headers",
    [
        (),
        ("Bearer good", "Bearer good"),
        ("good",),
        ("Basic good",),
        ("Bearer",),
        ("Bearer ",),
        ("Bearer good good",),
        ("Bearer  good",),
        ("Bearer göod",),
        ("Bearer go\tod",),
    ],
)
async def test_what_is_no_token_does_not_even_reach_the_cluster(
    door: Callable[..., TokenDoor], headers: tuple[str, ...]
) -> None:
    reviewer = Reviewer()

    with pytest.raises(StrangerError, match="authorization: Bearer TOKEN"):
        await door(reviewer).admit(Shown(authorization=headers))

    assert reviewer.asked == []
    assert acting_for() is None


async def test_a_token_that_the_cluster_does_not_know_is_a_stranger_s_and_is_not_repeated(
    door: Callable[..., TokenDoor],
) -> None:
    with pytest.raises(StrangerError, match="the cluster does not accept this token") as caught:
        await door(Reviewer()).admit(Shown(authorization=("Bearer s3cret",)))

    assert "s3cret" not in str(caught.value)
    assert acting_for() is None


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (Unavailable(REVIEW, "away"), "try again"),
        (Forbidden(REVIEW, "no"), "this server may not create tokenreviews"),
    ],
)
async def test_when_the_cluster_cannot_be_asked_nobody_comes_in(
    door: Callable[..., TokenDoor], error: ApiError, advice: str
) -> None:
    """What is wrong with the server stands in its log, not in the caller's answer."""
    log = Lines()

    with pytest.raises(UndecidedError, match=advice):
        await door(Reviewer(error), log).admit(Shown(authorization=("Bearer good",)))

    assert acting_for() is None
    assert log.lines == [("warning", "it cannot be found out whose token this is", {"error": error})]


@pytest.mark.parametrize(
    ("subject", "groups"),
    [("CN=alice", ()), ("O=ops,O=devs,CN=alice", ("devs", "ops")), ("O=devs,O=devs,CN=alice", ("devs",))],
)
async def test_a_certificate_names_user_and_groups_as_the_api_server_reads_them(
    subject: str, groups: tuple[str, ...]
) -> None:
    await CertificateDoor().admit(Shown(subject=subject))

    assert acting_for() == Caller(user="alice", groups=(*groups, AUTHENTICATED))


@pytest.mark.parametrize(
    "subject", ["", "O=devs", "CN=", "CN=bob,CN=alice", "CN=bob+CN=alice", r"CN=\ff", "x"]
)
async def test_a_certificate_that_does_not_name_one_user_is_a_stranger_s(subject: str) -> None:
    with pytest.raises(StrangerError):
        await CertificateDoor().admit(Shown(subject=subject))

    assert acting_for() is None
