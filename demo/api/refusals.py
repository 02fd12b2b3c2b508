"""Requests that are refused, with what the real API server says of them. Nothing is sent here."""

from typing import Any, Final, TypeAlias

from demo.api.kinds import Kind

Json: TypeAlias = dict[str, Any]

_REASONS: Final = {
    400: "BadRequest",
    404: "NotFound",
    405: "MethodNotAllowed",
    410: "Expired",
    415: "UnsupportedMediaType",
}


class RefusalError(Exception):
    """A request that is answered with a Status.

    `code` is the HTTP status. A Status without details and the reason Invalid is how a JSON Patch whose `test` does
    not hold is refused (API machinery, `NewGenericServerResponse` with 422).
    """

    def __init__(self, code: int, reason: str, message: str, **details: str) -> None:
        super().__init__(message)
        self.code = code
        self.status: Json = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
            "reason": reason,
            "code": code,
            **({"details": details} if details else {}),
        }


def refused(code: int, message: str) -> RefusalError:
    """A request that cannot be meant, or asks for what is not here."""
    return RefusalError(code, _REASONS[code], message)


def missing(kind: Kind, name: str) -> RefusalError:
    """No object of this name."""
    return RefusalError(
        404, "NotFound", f'{kind.full_name} "{name}" not found', name=name, kind=kind.plural, group=kind.group
    )


def taken(kind: Kind, name: str) -> RefusalError:
    """There is one of this name already."""
    text = f'{kind.full_name} "{name}" already exists'
    return RefusalError(409, "AlreadyExists", text, name=name, kind=kind.plural, group=kind.group)


def conflict(kind: Kind, name: str) -> RefusalError:
    """Who writes has read an older state."""
    text = (
        f'Operation cannot be fulfilled on {kind.full_name} "{name}": the object has been modified; '
        "please apply your changes to the latest version and try again"
    )
    return RefusalError(409, "Conflict", text, name=name, kind=kind.plural, group=kind.group)


def unpatchable() -> RefusalError:
    """A `test` of a JSON Patch does not hold, or a path of it is not there."""
    return RefusalError(422, "Invalid", "the server rejected our request due to an error in our request")


def expired(version: int) -> RefusalError:
    """The changes since that version are not remembered any more."""
    return refused(410, f"too old resource version: {version}")
