"""A released contract as a value that can be read, kept and compared: what may change of it, and what not.

The rule is written in the .proto file. Values in, values and sentences out; where files are is `generate`'s business.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    ServiceDescriptorProto,
)

Part: TypeAlias = Mapping[str, "str | Part"]
"""What has to stay, by what it is called on the wire: a field by its number, a method by its name."""

_Field: Final = FieldDescriptorProto


class Broken(Exception):  # noqa: N818 - what happened; the sentences follow
    """The present contract takes back something that was released."""


def describe(descriptors: bytes) -> Part:
    """The contract of the last file of a serialized FileDescriptorSet."""
    file = FileDescriptorSet.FromString(descriptors).file[-1]
    return {
        "package": file.package,
        "messages": {name: _message(message) for name, message in _messages(file)},
        "enums": {enum.name: _enum(enum) for enum in file.enum_type},
        "services": {service.name: _service(service) for service in file.service},
    }


def breaks(released: Part, present: Part) -> list[str]:
    """What of the released contract is gone or different, one sentence each."""
    return list(_breaks("", released, present))


def extend(lock: str, present: Part) -> str:
    """The text of the lock with what was added since.

    Args:
        lock: The text so far; empty when nothing was released.
        present: The contract as it is.

    Raises:
        Broken: Something was taken back.
    """
    taken_back = breaks(json.loads(lock) if lock else {}, present)
    if taken_back:
        raise Broken("the released contract may only grow:\n" + "\n".join(taken_back))
    return json.dumps(present, indent=1) + "\n"


def _breaks(path: str, released: Part, present: Part) -> Iterator[str]:
    for name, before in released.items():
        now = present.get(name)
        where = f"{path}.{name}".lstrip(".")
        if now is None:
            yield f"{where} was removed"
        elif isinstance(before, Mapping) and isinstance(now, Mapping):
            yield from _breaks(where, before, now)
        elif before != now:
            yield f"{where} was {json.dumps(before)} and is {json.dumps(now)}"


def _messages(file: FileDescriptorProto) -> Iterator[tuple[str, DescriptorProto]]:
    pending = [(message.name, message) for message in file.message_type]
    while pending:
        name, message = pending.pop(0)
        yield name, message
        pending += [(f"{name}.{each.name}", each) for each in message.nested_type]


def _message(message: DescriptorProto) -> Part:
    return {str(field.number): _field(message, field) for field in message.field}


def _field(message: DescriptorProto, field: FieldDescriptorProto) -> Part:
    group = message.oneof_decl[field.oneof_index].name if field.HasField("oneof_index") else ""
    return {
        "name": field.name,
        "type": field.type_name.lstrip(".") or _Field.Type.Name(field.type),
        "label": _Field.Label.Name(field.label),
        # An optional field is a oneof of its own to the compiler, under a made-up name.
        "presence": "optional" if field.proto3_optional else f"oneof {group}" if group else "implicit",
    }


def _enum(enum: EnumDescriptorProto) -> Part:
    return {str(value.number): value.name for value in enum.value}


def _service(service: ServiceDescriptorProto) -> Part:
    return {
        method.name: {
            "request": method.input_type.lstrip("."),
            "reply": method.output_type.lstrip("."),
            "request_stream": str(method.client_streaming).lower(),
            "reply_stream": str(method.server_streaming).lower(),
        }
        for method in service.method
    }
