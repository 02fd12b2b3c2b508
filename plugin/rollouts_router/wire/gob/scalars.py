"""Integers, floats, strings and bytes to and from gob (encoding/gob, "Encoding Details").

Only values without a type definition live here; whatever has parts belongs to `decoders` and `writer`.
Readers share one shape: (data, position, depth) -> (value, next position). They raise IndexError when
the first byte is already past the end, which the stream's reader turns into a sentence; every other
fault is a RemoteProtocolError of their own.
"""

import struct

from rollouts_router.wire.errors import LocalProtocolError, RemoteProtocolError

_DOUBLE = struct.Struct("<d")


def read_uint(data: bytes, position: int, _depth: int = 0) -> tuple[int, int]:
    """Read an unsigned integer: one byte below 128, or 256 - n and then n bytes, big-endian."""
    first = data[position]
    if first < 128:
        return first, position + 1
    start = position + 1
    end = start + 256 - first
    if end - start > 8:
        raise RemoteProtocolError(f"an integer of {end - start} bytes; at most 8 are possible")
    if end > len(data):
        raise RemoteProtocolError("an integer runs past the end of its message")
    return int.from_bytes(data[start:end], "big"), end


def read_int(data: bytes, position: int, _depth: int = 0) -> tuple[int, int]:
    """Read a signed integer: bit 0 of the unsigned form says "complement the rest"."""
    number = data[position]
    if number < 128:
        position += 1
    else:
        number, position = read_uint(data, position)
    return (~(number >> 1) if number & 1 else number >> 1), position


def read_bool(data: bytes, position: int, _depth: int = 0) -> tuple[bool, int]:
    """Read a bool; as in Go every number but 0 is true."""
    number, position = read_uint(data, position)
    return number != 0, position


def read_float(data: bytes, position: int, _depth: int = 0) -> tuple[float, int]:
    """Read a float: its IEEE 754 bytes, reversed, as an unsigned integer."""
    number, position = read_uint(data, position)
    value: float = _DOUBLE.unpack(number.to_bytes(8, "big"))[0]
    return value, position


def read_complex(data: bytes, position: int, _depth: int = 0) -> tuple[complex, int]:
    """Read a complex number: two floats, the real one first."""
    real, position = read_float(data, position)
    imaginary, position = read_float(data, position)
    return complex(real, imaginary), position


def read_bytes(data: bytes, position: int, _depth: int = 0) -> tuple[bytes, int]:
    """Read a count and that many bytes."""
    count = data[position]
    if count < 128:
        position += 1
    else:
        count, position = read_uint(data, position)
    end = position + count
    if end > len(data):
        raise RemoteProtocolError(f"a text of {count} bytes runs past the end of its message")
    return data[position:end], end


def read_string(data: bytes, position: int, _depth: int = 0) -> tuple[str, int]:
    """Read a string. Go's strings are arbitrary bytes: what is not UTF-8 becomes surrogate escapes."""
    text, position = read_bytes(data, position)
    return text.decode("utf-8", "surrogateescape"), position


def write_uint(value: int) -> bytes:
    """Write an unsigned integer in its shortest form; raise LocalProtocolError outside 0 .. 2**64 - 1."""
    if not 0 <= value < 1 << 64:
        raise LocalProtocolError(f"{value} does not fit an unsigned integer of 64 bits")
    if value < 128:
        return bytes((value,))
    length = (value.bit_length() + 7) // 8
    return bytes((256 - length,)) + value.to_bytes(length, "big")


def write_int(value: int) -> bytes:
    """Write a signed integer; raise LocalProtocolError outside -2**63 .. 2**63 - 1."""
    if not -(1 << 63) <= value < 1 << 63:
        raise LocalProtocolError(f"{value} does not fit a signed integer of 64 bits")
    return write_uint(~value << 1 | 1 if value < 0 else value << 1)


def write_bool(value: bool) -> bytes:  # noqa: FBT001 - the value itself, not a switch
    """Write a bool: 0 or 1."""
    return b"\x01" if value else b"\x00"


def write_float(value: float) -> bytes:
    """Write a float as its reversed IEEE 754 bytes."""
    return write_uint(int.from_bytes(_DOUBLE.pack(value), "big"))


def write_complex(value: complex) -> bytes:
    """Write a complex number, the real part first."""
    return write_float(value.real) + write_float(value.imag)


def write_bytes(value: bytes) -> bytes:
    """Write a count and the bytes."""
    return write_uint(len(value)) + value


def write_string(value: str) -> bytes:
    """Write a string; surrogate escapes become the bytes they stand for.

    Raises LocalProtocolError for a surrogate that stands for no byte.
    """
    try:
        return write_bytes(value.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError as error:
        raise LocalProtocolError(f"a string that is not text: {error.reason}") from error
