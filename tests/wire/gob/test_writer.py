"""Our writer beyond the golden streams: any struct types, and what it must refuse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.wire.gob.deliveries import check, read
from tests.wire.gob.sender import Array, Map, Sender, Slice, Type, struct
from tests.wire.gob.vectors import EMPTY, RPC_ERROR, VERIFY_WEIGHT, ours

from rollouts_router.wire.errors import LocalProtocolError
from rollouts_router.wire.gob.limits import MAX_MESSAGE
from rollouts_router.wire.gob.records import Field, Kind, Record, Scalar, StructType, Typed, Value
from rollouts_router.wire.gob.writer import Encoder

I64 = st.integers(-(1 << 63), (1 << 63) - 1)
VALUES: dict[Kind, st.SearchStrategy[Scalar]] = {
    Kind.BOOL: st.booleans(),
    Kind.INT: I64,
    Kind.UINT: st.integers(0, (1 << 64) - 1),
    Kind.FLOAT: st.floats(allow_nan=False),
    Kind.BYTES: st.binary(max_size=20),
    Kind.STRING: st.text(max_size=20),
    Kind.COMPLEX: st.complex_numbers(allow_nan=False),
}
NAMES = st.text("ABCdef", min_size=1, max_size=4)


@st.composite
def struct_types(draw: st.DrawFn, depth: int = 3) -> StructType:
    """Any struct type of up to three levels."""
    parts = st.sampled_from(Kind) if depth == 0 else st.sampled_from(Kind) | struct_types(depth - 1)
    names = draw(st.lists(NAMES, max_size=4, unique=True))
    return StructType(draw(NAMES | st.just("")), tuple([Field(name, draw(parts)) for name in names]))


@st.composite
def typed_values(draw: st.DrawFn) -> Typed:
    """Any value of any type that we can write."""
    kind = draw(st.sampled_from(Kind) | struct_types())
    return Typed(kind, _draw_value(draw, kind))


def _draw_value(draw: st.DrawFn, kind: Kind | StructType) -> Scalar | Record:
    if isinstance(kind, Kind):
        return draw(VALUES[kind])
    return {field.name: _draw_value(draw, field.type) for field in kind.fields if draw(st.booleans())}


def seen(kind: Kind | StructType, value: Scalar | Record | None) -> Value:
    """Work out what the reader makes of it: no zeros, but all nested structs."""
    if isinstance(kind, Kind):
        assert isinstance(value, Scalar)
        return value
    record = value if isinstance(value, dict) else {}
    return {
        field.name: seen(field.type, record.get(field.name))
        for field in kind.fields
        if isinstance(field.type, StructType) or record.get(field.name)
    }


@given(st.lists(typed_values(), max_size=5), st.integers(64, 5000))
def test_everything_we_write_reads_back_in_every_delivery(values: list[Typed], first_id: int) -> None:
    """In one call or one after the other, under any ids."""
    encoder = Encoder(first_id)

    check(
        Encoder(first_id).encode(*values),
        [seen(typed.type, typed.value) for typed in values],
        b"".join([encoder.encode(typed) for typed in values]),
    )


@st.composite
def sent_values(draw: st.DrawFn, depth: int = 3) -> tuple[Type, Value]:
    """Draw any type that only a peer can send, and a full value of it."""
    shape = draw(st.sampled_from(["basic", "slice", "array", "map", "struct"] if depth else ["basic"]))
    if shape == "basic":
        kind = draw(st.sampled_from(Kind))
        return kind, draw(VALUES[kind])
    if shape == "struct":
        parts = draw(st.lists(sent_values(depth - 1), max_size=3))
        fields = {f"F{i}": part for i, part in enumerate(parts)}
        content: Value = {name: value for name, (kind, value) in fields.items() if value or _is_kept(kind)}
        return struct("", **{name: kind for name, (kind, _) in fields.items()}), content
    kind, value = draw(sent_values(depth - 1))
    count = draw(st.integers(0, 3))
    if shape == "map":
        keys = draw(st.lists(I64, max_size=count, unique=True))
        return Map(Kind.INT, kind), dict.fromkeys(keys, value)
    return (Slice(kind) if shape == "slice" else Array(kind, count)), [value] * count


def _is_kept(kind: Type) -> bool:
    return not isinstance(kind, Kind | Slice)


@given(sent_values())
def test_any_value_of_a_peer_reads_back_in_every_delivery(sent: tuple[Type, Value]) -> None:
    """Slices, arrays, maps and structs inside each other, written by the tests' sender."""
    kind, value = sent

    check(Sender().encode(kind, value), [value])


def test_a_type_is_defined_at_its_first_use_only() -> None:
    """A nested one counts as used."""
    encoder = Encoder()
    first = encoder.encode(Typed(VERIFY_WEIGHT, {}))

    assert (b"VerifyWeightResponse" in first, b"RpcError" in first) == (True, True)
    assert encoder.encode(Typed(RPC_ERROR, {})).hex() == "03ff8400"
    assert encoder.encode(Typed(VERIFY_WEIGHT, {"Verified": 1})).hex() == "07ff820102010000"


def test_the_first_id_is_65_unless_told_otherwise() -> None:
    """Every release of Go takes that one."""
    assert Encoder().encode(Typed(EMPTY, {})).hex() == "0aff81030102ff8200000003ff8200"


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        (Typed(Kind.INT, "1"), "a str where gob wants INT"),
        (Typed(Kind.INT, value=True), "a bool where gob wants INT"),
        (Typed(Kind.UINT, -1), "-1 does not fit an unsigned"),
        (Typed(Kind.FLOAT, 1), "a int where gob wants FLOAT"),
        (Typed(Kind.STRING, b"x"), "a bytes where gob wants STRING"),
        (Typed(Kind.STRING, "\ud800"), "not text"),
        (Typed(Kind.BYTES, "x"), "a str where gob wants BYTES"),
        (Typed(Kind.BOOL, {}), "a dict where gob wants BOOL"),
        (Typed(RPC_ERROR, "x"), "a str for the struct RpcError"),
        (Typed(RPC_ERROR, {"Error": "x", "Also": 1}), "struct RpcError has no field Also, Error"),
        (Typed(RPC_ERROR, {"ErrorString": 0}), "a int where gob wants STRING"),
        (Typed(VERIFY_WEIGHT, {"Err": {"ErrorString": 1}}), "a int where gob wants STRING"),
        (Typed(Kind.BYTES, bytes(MAX_MESSAGE)), "at most 8388608 are sent"),
        (Typed(RPC_ERROR, {"ErrorString": "x" * MAX_MESSAGE}), "at most 8388608 are sent"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(typed: Typed, complaint: str) -> None:
    """Not even the types in front of it count as sent."""
    encoder = Encoder()
    with pytest.raises(LocalProtocolError, match=complaint):
        encoder.encode(Typed(ours("Front", A=Kind.INT), {}), typed)

    assert encoder.encode(Typed(VERIFY_WEIGHT, {})) == Encoder().encode(Typed(VERIFY_WEIGHT, {}))


def test_the_largest_message_we_send_is_one_that_we_would_take() -> None:
    """The limit is the same both ways."""
    text = "x" * (MAX_MESSAGE - 7)

    assert read([Encoder().encode(Typed(Kind.STRING, text))])[0] == [text]
