"""Whole streams of calls, written by the host's own code: what is in them, whatever the delivery."""

import gzip
import json
from collections.abc import Iterator
from itertools import pairwise
from typing import cast

import pytest
from tests.wire.dice import dice
from tests.wire.gob.deliveries import check, read
from tests.wire.gob.relay import Relay, without_unknown
from tests.wire.gob.test_golden import GOLDEN

from rollouts_router.wire.errors import RemoteProtocolError
from rollouts_router.wire.gob.reader import NEED_DATA, Decoder
from rollouts_router.wire.gob.records import Interface, Value
from rollouts_router.wire.gob.times import decode_time

CAPTURED = (GOLDEN / "calls-captured.gob").read_bytes()
RELEASES = sorted(path.stem.removeprefix("calls-") for path in GOLDEN.glob("calls-v*.gob"))


def at(value: object, *path: str | int) -> object:
    """Walk into a decoded value."""
    for step in path:
        if isinstance(value, Interface):
            value = value.value
        value = cast("dict[str | int, object]", value)[step]
    return value


def values_of(stream: bytes) -> list[Value]:
    """Read the whole stream."""
    values, end = read([stream])
    assert end is NEED_DATA
    return values


def test_the_captured_session_has_nine_calls_and_some_250_types() -> None:
    """Headers and arguments take turns; the numbers of the calls count up from 0."""
    decoder = Decoder()
    decoder.receive(CAPTURED)
    values = [decoder.next_value() for _ in range(18)]

    assert decoder.next_value() is NEED_DATA
    assert [at(header, "ServiceMethod") for header in values[::2]] == [
        f"Plugin.{name}"
        for name in [
            "InitPlugin",
            "Type",
            "UpdateHash",
            "SetWeight",
            "SetWeight",
            "SetHeaderRoute",
            "SetMirrorRoute",
            "VerifyWeight",
            "RemoveManagedRoutes",
        ]
    ]
    assert [cast("dict[str, int]", header).get("Seq", 0) for header in values[::2]] == list(range(9))
    assert 240 < len(decoder._table._definitions) - 9 < 260


def test_the_captured_rollout_says_what_was_put_into_it() -> None:
    """The fields that were listed when the session was captured, in every call that has the object."""
    values = values_of(CAPTURED)
    for argument in values[5::2]:
        assert isinstance(argument, Interface)
        meta = at(argument, "Rollout", "ObjectMeta")
        assert (at(meta, "Name"), at(meta, "Namespace"), at(meta, "Generation")) == ("demo", "ns1", 7)
        assert at(meta, "Annotations") == {"rollout.argoproj.io/revision": "2"}
        assert at(meta, "ManagedFields", 0, "FieldsV1", "Raw") == b'{"f:spec":{}}'
        created = at(meta, "CreationTimestamp")
        assert isinstance(created, bytes)
        assert str(decode_time(created).to_datetime()) == "2024-03-05 06:07:08+00:00"
        assert at(argument, "Rollout", "Spec", "Replicas") == 5
        canary = at(argument, "Rollout", "Spec", "Strategy", "Canary")
        assert at(canary, "MaxSurge") == {"Type": 1, "StrVal": "25%"}
        assert at(canary, "Steps", 0) == {"SetWeight": 20}
        assert at(canary, "Steps", 2) == {}
        assert at(canary, "TrafficRouting", "Plugins") == {
            "acme/router": b'{"httpRoute":"r1","namespace":"ns1"}'
        }
        status = cast("dict[str, object]", at(argument, "Rollout", "Status"))
        assert (status["Abort"], status["BlueGreen"], "CurrentStepIndex" in status) == (True, {}, False)


def test_the_captured_arguments_beside_the_rollout() -> None:
    """Weights, hashes, routes; zeros are absent."""
    update, thirty, zero, header, mirror = values_of(CAPTURED)[5:15:2]
    extra = [{"Weight": 5, "ServiceName": "exp", "PodTemplateHash": "zzz"}, {"ServiceName": "exp2"}]

    assert (at(update, "CanaryHash"), at(update, "StableHash")) == ("chash", "shash")
    assert (at(thirty, "DesiredWeight"), at(thirty, "AdditionalDestinations")) == (30, extra)
    assert isinstance(zero, Interface)
    assert list(cast("dict[str, Value]", zero.value)) == ["Rollout"]
    assert at(header, "SetHeaderRoute", "Match", 0, "HeaderValue") == {"Exact": "1"}
    assert at(mirror, "SetMirrorRoute", "Match", 0, "Path") == {"Regex": "/a.*"}
    assert at(mirror, "SetMirrorRoute", "Percentage") == 35


def test_the_captured_session_reads_the_same_in_every_delivery() -> None:
    """Whole, byte by byte, with a tail."""
    check(CAPTURED, values_of(CAPTURED))


def test_the_captured_session_reads_the_same_in_any_pieces() -> None:
    """Cut at random places."""
    rolls, expected = dice(1), repr(values_of(CAPTURED))
    for _ in range(20):
        cuts = sorted(
            {0, len(CAPTURED), *(rolls.randrange(len(CAPTURED)) for _ in range(rolls.randint(1, 40)))}
        )
        found, _ = read([CAPTURED[start:end] for start, end in pairwise(cuts)])
        assert repr(found) == expected


@pytest.mark.parametrize(("first_id", "unknown_fields"), [(64, False), (900, False), (65, True)])
def test_other_ids_and_unknown_fields_change_nothing(*, first_id: int, unknown_fields: bool) -> None:
    """The same content as another process, or a later release, would send it."""
    expected = values_of(CAPTURED)
    stream = Relay(first_id=first_id, unknown_fields=unknown_fields).rewrite(CAPTURED)

    assert stream != CAPTURED
    assert [without_unknown(value) for value in values_of(stream)] == expected


def test_damage_to_a_whole_session_is_read_or_refused() -> None:
    """One byte changed at random; nothing but our own error may come out."""
    rolls = dice(2)
    for _ in range(150):
        stream = bytearray(CAPTURED)
        stream[rolls.randrange(len(stream))] ^= 1 << rolls.randrange(8)
        try:
            read([bytes(stream)], eof=True)
        except RemoteProtocolError as error:
            assert str(error)  # noqa: PT017 - most damage is in texts and no error at all


@pytest.mark.parametrize("release", RELEASES)
def test_every_field_of_every_type_arrives_as_reflection_saw_it(release: str) -> None:
    """A Rollout with every field set, against what the Go program found without gob."""
    values = values_of((GOLDEN / f"calls-{release}.gob").read_bytes())
    seen = json.loads((GOLDEN / f"arguments-{release}.json").read_text())

    assert [at(header, "ServiceMethod") for header in values[::2]] == [call["Method"] for call in seen]
    assert [as_json(argument) for argument in values[1::2]] == [call["Argument"] for call in seen]


def test_releases_say_the_same_of_what_they_have_in_common() -> None:
    """A Rollout with hardly a field set reads the same from every release, whatever their types have beside."""
    streams = [(GOLDEN / f"calls-{release}.gob").read_bytes() for release in RELEASES]
    common = [values_of(stream)[:-1] for stream in streams]

    assert len({*streams}) == len(RELEASES) >= 3
    assert all(values == common[0] for values in common)


def as_json(value: Value) -> object:
    """Put a value in the words of the Go program: bytes as hex, interfaces by their content."""
    match value:
        case bytes():
            return "hex:" + value.hex()
        case Interface(_, content):
            return as_json(content)
        case dict():
            return {key: as_json(part) for key, part in value.items()}
        case list():
            return [as_json(part) for part in value]
        case _:
            return value


@pytest.mark.parametrize("release", RELEASES)
def test_a_rollout_of_nearly_a_megabyte_arrives(release: str) -> None:
    """In pieces of four kilobytes, as the host's buffer makes them."""
    stream = gzip.decompress((GOLDEN / f"large-{release}.gob.gz").read_bytes())

    def pieces() -> Iterator[bytes]:
        yield from (stream[i : i + 4096] for i in range(0, len(stream), 4096))

    (_, argument), _ = read(pieces())
    steps = at(argument, "Rollout", "Spec", "Strategy", "Canary", "Steps")
    assert len(cast("list[Value]", steps)) == 301
    assert len(str(at(argument, "Rollout", "ObjectMeta", "Annotations", "note"))) == 720_000


@pytest.mark.parametrize("release", RELEASES)
def test_what_gos_own_server_replies_can_be_read(release: str) -> None:
    """Headers and replies in turn, in the shapes that we write as well."""
    replies = values_of((GOLDEN / f"replies-{release}.gob").read_bytes())

    assert [at(header, "ServiceMethod") for header in replies[:4:2]] == ["Plugin.InitPlugin", "Plugin.Type"]
    assert (replies[1], replies[3]) == ({}, "Golden")
    assert {"ErrorString": "no route"} in replies
    assert {"Verified": 1, "Err": {}} in replies
