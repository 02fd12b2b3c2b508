"""The style of a contract: the rules of buf's STANDARD and COMMENTS sets that apply to one file, without buf.

Source: buf's documentation, "Lint rules and categories". SERVICE_SUFFIX is left out, as in `buf.yaml`.
"""

import re
from collections.abc import Iterator
from typing import Final, TypeAlias

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    ServiceDescriptorProto,
)

_PASCAL: Final = re.compile(r"[A-Z][A-Za-z0-9]*")
_SNAKE: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_UPPER_SNAKE: Final = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
_PACKAGE: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*\.v[1-9][0-9]*")
_WORD: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_Path: TypeAlias = tuple[int, ...]
_File: Final = FileDescriptorProto
_Message: Final = DescriptorProto
_MESSAGES: Final = _File.MESSAGE_TYPE_FIELD_NUMBER
_ENUMS: Final = _File.ENUM_TYPE_FIELD_NUMBER
_SERVICES: Final = _File.SERVICE_FIELD_NUMBER


def flaws(descriptors: bytes) -> list[str]:
    """What the last file of a serialized FileDescriptorSet with its comments does wrong, one sentence each."""
    file = FileDescriptorSet.FromString(descriptors).file[-1]
    return [*_package_flaws(file), *_name_flaws(file), *_method_flaws(file), *_comment_flaws(file)]


def _package_flaws(file: FileDescriptorProto) -> Iterator[str]:
    if not _PACKAGE.fullmatch(file.package):
        yield f"package {file.package} does not end with a version"
    if file.name.rpartition("/")[0] != file.package.replace(".", "/"):
        yield f"{file.name} is not in the folder of package {file.package}"


def _name_flaws(file: FileDescriptorProto) -> Iterator[str]:
    for message in file.message_type:
        yield from _message_flaws(message)
    for enum in file.enum_type:
        yield from _enum_flaws(enum)
    for service in file.service:
        yield from _unless(_PASCAL, service.name, "service")
        for method in service.method:
            yield from _unless(_PASCAL, method.name, "method")


def _message_flaws(message: DescriptorProto) -> Iterator[str]:
    yield from _unless(_PASCAL, message.name, "message")
    for field in message.field:
        yield from _unless(_SNAKE, field.name, f"field of {message.name}")
        if field.label == FieldDescriptorProto.LABEL_REQUIRED:
            yield f"{message.name}.{field.name} is required"
    for oneof in message.oneof_decl:
        yield from _unless(_SNAKE, oneof.name.lstrip("_"), f"oneof of {message.name}")
    for nested in message.nested_type:
        if not nested.options.map_entry:
            yield from _message_flaws(nested)
    for enum in message.enum_type:
        yield from _enum_flaws(enum)


def _enum_flaws(enum: EnumDescriptorProto) -> Iterator[str]:
    yield from _unless(_PASCAL, enum.name, "enum")
    prefix = _WORD.sub("_", enum.name).upper()
    for value in enum.value:
        yield from _unless(_UPPER_SNAKE, value.name, f"value of {enum.name}")
        if not value.name.startswith(f"{prefix}_"):
            yield f"{value.name} does not begin with {prefix}_"
    if enum.value[0].number != 0 or enum.value[0].name != f"{prefix}_UNSPECIFIED":
        yield f"the first value of {enum.name} is not {prefix}_UNSPECIFIED = 0"


def _method_flaws(file: FileDescriptorProto) -> Iterator[str]:
    used: list[str] = []
    for service in file.service:
        for method in service.method:
            for given, end in ((method.input_type, "Request"), (method.output_type, "Response")):
                wanted = f".{file.package}.{method.name}{end}"
                if given != wanted:
                    yield f"{service.name}.{method.name} has {given}, not {wanted}"
                if given in used:
                    yield f"{given} is used by two methods"
                used.append(given)


def _comment_flaws(file: FileDescriptorProto) -> Iterator[str]:
    told = {tuple(each.path) for each in file.source_code_info.location if each.leading_comments.strip()}
    for path, name in _documented(file):
        if path not in told:
            yield f"{name} has no comment"


def _documented(file: FileDescriptorProto) -> Iterator[tuple[_Path, str]]:
    """Where a comment has to be, and of what; paths are those of SourceCodeInfo."""
    for at, message in enumerate(file.message_type):
        yield from _documented_message((_MESSAGES, at), message)
    for at, enum in enumerate(file.enum_type):
        yield from _documented_enum((_ENUMS, at), enum)
    for at, service in enumerate(file.service):
        yield from _documented_service((_SERVICES, at), service)


def _documented_message(path: _Path, message: DescriptorProto) -> Iterator[tuple[_Path, str]]:
    yield path, message.name
    made_up = {field.oneof_index for field in message.field if field.proto3_optional}
    for at, field in enumerate(message.field):
        yield (*path, _Message.FIELD_FIELD_NUMBER, at), f"{message.name}.{field.name}"
    for at, oneof in enumerate(message.oneof_decl):
        if at not in made_up:
            yield (*path, _Message.ONEOF_DECL_FIELD_NUMBER, at), f"{message.name}.{oneof.name}"
    for at, nested in enumerate(message.nested_type):
        if not nested.options.map_entry:
            yield from _documented_message((*path, _Message.NESTED_TYPE_FIELD_NUMBER, at), nested)
    for at, enum in enumerate(message.enum_type):
        yield from _documented_enum((*path, _Message.ENUM_TYPE_FIELD_NUMBER, at), enum)


def _documented_enum(path: _Path, enum: EnumDescriptorProto) -> Iterator[tuple[_Path, str]]:
    yield path, enum.name
    for at, value in enumerate(enum.value):
        yield (*path, EnumDescriptorProto.VALUE_FIELD_NUMBER, at), value.name


def _documented_service(path: _Path, service: ServiceDescriptorProto) -> Iterator[tuple[_Path, str]]:
    yield path, service.name
    for at, method in enumerate(service.method):
        yield (*path, ServiceDescriptorProto.METHOD_FIELD_NUMBER, at), f"{service.name}.{method.name}"


def _unless(pattern: re.Pattern[str], name: str, what: str) -> Iterator[str]:
    if not pattern.fullmatch(name):
        yield f"{what} {name} is not spelled as the others are"
