"""Replies as JSON documents, with whole numbers as such: protobuf has every number of a patch as a floating one."""

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message


def document(message: Message) -> object:
    """A message as JSON has it, every field of it that has a default too."""
    return _whole(MessageToDict(message, always_print_fields_with_no_presence=True))


def _whole(value: object) -> object:
    match value:
        case dict():
            return {name: _whole(entry) for name, entry in value.items()}
        case list():
            return [_whole(entry) for entry in value]
        case float() if value.is_integer():
            return int(value)
        case _:
            return value
