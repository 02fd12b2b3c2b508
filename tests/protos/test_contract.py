"""What may change of a released contract, and what not."""

import json
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet
from protos.contract import Broken, breaks, describe, extend

Edit: TypeAlias = Callable[[FileDescriptorProto], Any]
TYPE_INT64 = FieldDescriptorProto.TYPE_INT64
LABEL_REPEATED = FieldDescriptorProto.LABEL_REPEATED


def contract() -> FileDescriptorProto:
    """A small one with some of everything."""
    file = FileDescriptorProto(name="a/v1/a.proto", package="a.v1", syntax="proto3")
    message = file.message_type.add(name="AskRequest")
    message.oneof_decl.add(name="how")
    for number, name in enumerate(("text", "count", "one", "other"), start=1):
        message.field.add(
            name=name,
            number=number,
            label=FieldDescriptorProto.LABEL_OPTIONAL,
            type=FieldDescriptorProto.TYPE_INT32,
        )
    for field in message.field[2:]:
        field.oneof_index = 0
    file.message_type.add(name="AskResponse").nested_type.add(name="Inner").field.add(name="deep", number=1)
    file.enum_type.add(name="Kind").value.add(name="KIND_UNSPECIFIED", number=0)
    file.enum_type[0].value.add(name="KIND_GOOD", number=1)
    file.service.add(name="Asking").method.add(
        name="Ask", input_type=".a.v1.AskRequest", output_type=".a.v1.AskResponse"
    )
    return file


def described(file: FileDescriptorProto) -> Any:
    """It as a value."""
    return describe(FileDescriptorSet(file=[file]).SerializeToString())


def edited(edit: Edit) -> Any:
    """The contract after somebody changed it."""
    file = contract()
    edit(file)
    return described(file)


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (lambda file: file.message_type[0].field.pop(1), "messages.AskRequest.2 was removed"),
        (
            lambda file: setattr(file.message_type[0].field[1], "number", 9),
            "messages.AskRequest.2 was removed",
        ),
        (
            lambda file: setattr(file.message_type[0].field[1], "name", "number"),
            'messages.AskRequest.2.name was "count" and is "number"',
        ),
        (
            lambda file: setattr(file.message_type[0].field[1], "type", TYPE_INT64),
            'messages.AskRequest.2.type was "TYPE_INT32" and is "TYPE_INT64"',
        ),
        (
            lambda file: setattr(file.message_type[0].field[1], "label", LABEL_REPEATED),
            'messages.AskRequest.2.label was "LABEL_OPTIONAL" and is "LABEL_REPEATED"',
        ),
        (
            lambda file: setattr(file.message_type[0].field[1], "oneof_index", 0),
            'messages.AskRequest.2.presence was "implicit" and is "oneof how"',
        ),
        (
            lambda file: file.message_type[0].field[2].ClearField("oneof_index"),
            'messages.AskRequest.3.presence was "oneof how" and is "implicit"',
        ),
        (
            lambda file: setattr(file.message_type[0].field[1], "proto3_optional", True),
            'messages.AskRequest.2.presence was "implicit" and is "optional"',
        ),
        (lambda file: file.message_type.pop(1), "messages.AskResponse was removed"),
        (lambda file: file.message_type[1].nested_type.pop(0), "messages.AskResponse.Inner was removed"),
        (lambda file: file.enum_type[0].value.pop(1), "enums.Kind.1 was removed"),
        (
            lambda file: setattr(file.enum_type[0].value[1], "name", "KIND_BAD"),
            'enums.Kind.1 was "KIND_GOOD" and is "KIND_BAD"',
        ),
        (lambda file: file.service[0].method.pop(0), "services.Asking.Ask was removed"),
        (
            lambda file: setattr(file.service[0].method[0], "input_type", ".a.v1.AskResponse"),
            'services.Asking.Ask.request was "a.v1.AskRequest" and is "a.v1.AskResponse"',
        ),
        (
            lambda file: setattr(file.service[0].method[0], "server_streaming", True),
            'services.Asking.Ask.reply_stream was "false" and is "true"',
        ),
        (lambda file: setattr(file, "package", "a.v2"), 'package was "a.v1" and is "a.v2"'),
    ],
)
def test_whatever_takes_something_back_is_told(edit: Edit, sentence: str) -> None:
    released, present = described(contract()), edited(edit)

    assert breaks(released, present)[0] == sentence
    with pytest.raises(Broken, match="may only grow"):
        extend(json.dumps(released), present)


@pytest.mark.parametrize(
    "edit",
    [
        lambda file: file.message_type[0].field.add(name="more", number=7),
        lambda file: file.message_type.add(name="NewMessage"),
        lambda file: file.enum_type[0].value.add(name="KIND_NEW", number=2),
        lambda file: file.service[0].method.add(name="New"),
        lambda file: file.service.add(name="Other"),
    ],
)
def test_what_is_added_goes_into_the_lock(edit: Edit) -> None:
    lock = extend("", described(contract()))
    present = edited(edit)

    grown = extend(lock, present)

    assert json.loads(grown) == present
    assert grown != lock


def test_order_is_nobodys_business() -> None:
    def swap(file: FileDescriptorProto) -> None:
        file.message_type.reverse()
        file.enum_type[0].value.reverse()

    assert breaks(described(contract()), edited(swap)) == []
