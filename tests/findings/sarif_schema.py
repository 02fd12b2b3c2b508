"""What SARIF 2.1.0 (OASIS standard, section 3) asks of the part of the format that is written here.

Only what is written is allowed, so an output with a new property fails until the section on it was read.
"""

from typing import Final


def _object(required: dict[str, object], optional: dict[str, object] | None = None) -> dict[str, object]:
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


def _some(entry: dict[str, object]) -> dict[str, object]:
    return {"type": "array", "items": entry, "minItems": 1}


_STRING: Final[dict[str, object]] = {"type": "string", "minLength": 1}
_MESSAGE: Final = _object({"text": _STRING})
_LEVEL: Final[dict[str, object]] = {"enum": ["none", "note", "warning", "error"]}
_INDEX: Final[dict[str, object]] = {"type": "integer", "minimum": 0}
_LINE: Final[dict[str, object]] = {"type": "integer", "minimum": 1}
_RULE: Final = _object(
    {
        "id": _STRING,
        "shortDescription": _MESSAGE,
        "help": _MESSAGE,
        "defaultConfiguration": _object({"level": _LEVEL}),
    }
)
_DRIVER: Final = _object(
    {"name": _STRING, "version": _STRING, "rules": {"type": "array", "items": _RULE, "uniqueItems": True}}
)
_FILE: Final = _object(
    {"artifactLocation": _object({"uri": {**_STRING, "format": "uri-reference"}})},
    {"region": _object({"startLine": _LINE})},
)
_SUBJECT: Final = _object({"name": _STRING, "fullyQualifiedName": _STRING, "kind": _STRING})
_LOCATION: Final = _object({}, {"physicalLocation": _FILE, "logicalLocations": _some(_SUBJECT)})
_RESULT: Final = _object(
    {
        "ruleId": _STRING,
        "ruleIndex": _INDEX,
        "level": _LEVEL,
        "message": _MESSAGE,
        "partialFingerprints": {"type": "object", "additionalProperties": _STRING},
    },
    {"locations": _some(_LOCATION)},
)
_RUN: Final = _object(
    {
        "tool": _object({"driver": _DRIVER}),
        "results": {"type": "array", "items": _RESULT},
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    }
)
SCHEMA: Final = _object({"$schema": _STRING, "version": {"const": "2.1.0"}, "runs": _some(_RUN)})
