"""Credentials and transport joined."""

from pathlib import Path

import pytest
from tests.kube.fakes import FakeTime

from rollouts_router.kube.connect import connect
from rollouts_router.kube.errors import CredentialsError
from rollouts_router.kube.sources import Sources


async def test_what_is_wrong_with_the_credentials_is_passed_on() -> None:
    with pytest.raises(CredentialsError, match="no Kubernetes credentials found"):
        await connect(Sources({}, Path("/nowhere")), clock=FakeTime().clock, user_agent="tests/1")
