"""Credential plugins as processes."""

import asyncio
import json
import os
from pathlib import Path

import pytest

from rollouts_router.kube import exec_plugin
from rollouts_router.kube.errors import CredentialsError
from rollouts_router.kube.exec_plugin import Credential, Exec, Variable

VERSION = "client.authentication.k8s.io/v1"
ENVIRONMENT = {"PATH": os.environ["PATH"]}


def _script(text: str, *variables: Variable) -> Exec:
    return Exec(command="/bin/sh", api_version=VERSION, args=["-c", text], env=list(variables))


def _printing(status: object, version: str = VERSION) -> Exec:
    answer = {"apiVersion": version, "kind": "ExecCredential", "status": status}
    return Exec(command="printf", api_version=VERSION, args=["%s", json.dumps(answer)])


async def test_a_token_is_handed_out() -> None:
    assert await exec_plugin.run(_printing({"token": "t", "extra": 1}), ENVIRONMENT) == Credential(token="t")


async def test_a_client_certificate_is_handed_out() -> None:
    status = {"clientCertificateData": "C", "clientKeyData": "K"}
    credential = Credential(client_certificate_data="C", client_key_data="K")
    assert await exec_plugin.run(_printing(status), ENVIRONMENT) == credential


async def test_the_plugin_sees_its_variables_and_what_is_asked_of_it() -> None:
    text = r"""printf '{"apiVersion": "%s", "kind": "", "status": {"token": "%s-%s"}}' """
    entry = _script(
        text + f""" {VERSION} "$GIVEN" "$(echo "$KUBERNETES_EXEC_INFO" | tr -d '"')" """,
        Variable("GIVEN", "mine"),
    )
    credential = await exec_plugin.run(entry, {**ENVIRONMENT, "GIVEN": "theirs"})
    assert credential.token == f"mine-{{apiVersion:{VERSION},kind:ExecCredential,spec:{{interactive:false}}}}"


def _ours() -> set[str]:
    return {str(Path(f"/proc/self/fd/{number}").readlink()) for number in (0, 1, 2)}


async def test_the_plugin_holds_none_of_our_standard_streams() -> None:
    links = "$(readlink /proc/$$/fd/0) $(readlink /proc/$$/fd/1) $(readlink /proc/$$/fd/2)"
    answer = f'{{\\"apiVersion\\": \\"{VERSION}\\", \\"status\\": {{\\"token\\": \\"{links}\\"}}}}'
    credential = await exec_plugin.run(_script(f'echo "{answer}"'), ENVIRONMENT)
    stdin, stdout, stderr = credential.token.split()
    assert stdin == "/dev/null"
    assert not {stdout, stderr} & _ours()


async def test_a_plugin_that_complains_at_length_is_still_heard() -> None:
    answer = json.dumps({"apiVersion": VERSION, "status": {"token": "t"}})
    entry = _script(f"head -c 300000 /dev/zero >&2; echo '{answer}'")
    assert (await exec_plugin.run(entry, ENVIRONMENT)).token == "t"


async def test_a_plugin_that_fails_is_quoted_in_part() -> None:
    with pytest.raises(
        CredentialsError, match=r"exec plugin /bin/sh ended with status 3: xxxx.*…$"
    ) as caught:
        await exec_plugin.run(_script("head -c 5000 /dev/zero | tr '\\0' x >&2; exit 3"), ENVIRONMENT)
    assert len(str(caught.value)) < 400


async def test_a_plugin_that_is_not_there_is_named_with_its_hint() -> None:
    entry = Exec(command="/no/such/plugin", api_version=VERSION, install_hint="Install it so.")
    with pytest.raises(CredentialsError, match=r"/no/such/plugin cannot be started: .*; Install it so\."):
        await exec_plugin.run(entry, ENVIRONMENT)


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        (_script("echo token"), "printed no ExecCredential"),
        (_script("printf '\\377'"), "printed no ExecCredential"),
        (_script(""), "printed no ExecCredential"),
        (_printing({}), "neither a token nor a client certificate"),
        (_printing({"clientCertificateData": "C"}), "neither a token nor a client certificate"),
        (
            _printing({"token": "t"}, "client.authentication.k8s.io/v1beta1"),
            "answered in .*v1beta1, not .*/v1",
        ),
        (_script("head -c 2000000 /dev/zero"), "printed no ExecCredential"),
        (_script("head -c 2000000 /dev/zero >&2"), "printed no ExecCredential"),
    ],
)
async def test_an_answer_that_makes_no_sense_is_refused(entry: Exec, text: str) -> None:
    with pytest.raises(CredentialsError, match=text):
        await exec_plugin.run(entry, ENVIRONMENT)


class Holder:
    """A plugin that never ends, with a child that holds a FIFO: its end of file tells that all are gone."""

    def __init__(self, folder: Path) -> None:
        self.fifo = folder / "fifo"
        os.mkfifo(self.fifo)
        self.reader = os.open(self.fifo, os.O_RDONLY | os.O_NONBLOCK)
        self.entry = _script(f"exec 9>{self.fifo}; echo up >&9; tail -f /dev/null & tail -f /dev/null")

    async def read(self) -> bytes:
        """The next bytes; none when nobody holds the other end."""
        ready = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(self.reader, ready.set)
        await ready.wait()
        loop.remove_reader(self.reader)
        return os.read(self.reader, 100)


@pytest.fixture
def holder(tmp_path: Path) -> Holder:
    """A plugin that never ends."""
    return Holder(tmp_path)


async def _end_of_file(holder: Holder) -> None:
    # It may have been ended before it opened the FIFO, which then has no end yet.
    os.close(os.open(holder.fifo, os.O_WRONLY | os.O_NONBLOCK))
    while await holder.read():
        pass
    os.close(holder.reader)


async def test_a_plugin_that_hangs_is_ended_with_its_children(holder: Holder) -> None:
    with pytest.raises(CredentialsError, match=r"did not end in 0\.1 s"):
        await exec_plugin.run(holder.entry, ENVIRONMENT, limit=0.1)
    await _end_of_file(holder)


async def test_a_plugin_nobody_waits_for_is_ended_with_its_children(holder: Holder) -> None:
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(exec_plugin.run(holder.entry, ENVIRONMENT))
        assert await holder.read() == b"up\n"
        running.cancel()
    await _end_of_file(holder)
