"""The contract is written as everybody writes one; each rule is shown to find what breaks it."""

import shutil
import subprocess
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from protos.generate import PROTOS, descriptor_set
from protos.style import flaws

Edit: TypeAlias = Callable[[FileDescriptorProto], Any]


def test_the_contract_has_no_flaw() -> None:
    assert flaws(descriptor_set()) == []


@pytest.mark.skipif(
    shutil.which("buf") is None, reason="buf is not on PATH; its rules are held without it too"
)
def test_buf_finds_none_either() -> None:
    done = subprocess.run(["buf", "lint"], cwd=PROTOS, capture_output=True, text=True, check=False)  # noqa: S607 - from PATH, as above

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def edited(edit: Edit) -> list[str]:
    """What is wrong with the contract after somebody changed it."""
    found = FileDescriptorSet.FromString(descriptor_set())
    edit(found.file[-1])
    return flaws(found.SerializeToString())


def uncomment(file: FileDescriptorProto, *path: int) -> None:
    """Take a comment away."""
    for location in file.source_code_info.location:
        if tuple(location.path) == path:
            location.ClearField("leading_comments")


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (lambda file: setattr(file, "package", "rollouts_router"), "does not end with a version"),
        (lambda file: setattr(file, "name", "other/traffic_router.proto"), "is not in the folder of"),
        (lambda file: setattr(file.message_type[0], "name", "rollout_source"), "message rollout_source"),
        (
            lambda file: setattr(file.message_type[0].field[0], "name", "theName"),
            "field of RolloutSource theName",
        ),
        (
            lambda file: setattr(file.message_type[0].oneof_decl[0], "name", "Src"),
            "oneof of RolloutSource Src",
        ),
        (lambda file: setattr(file.message_type[0].field[0], "label", 2), "reference is required"),
        (lambda file: setattr(file.enum_type[0], "name", "route_result"), "enum route_result"),
        (lambda file: setattr(file.enum_type[0].value[1], "name", "ROUTE_result"), "value of RouteResult"),
        (
            lambda file: setattr(file.enum_type[0].value[1], "name", "UNCHANGED"),
            "does not begin with ROUTE_RESULT_",
        ),
        (lambda file: file.enum_type[0].value.pop(0), "is not ROUTE_RESULT_UNSPECIFIED = 0"),
        (lambda file: setattr(file.service[0], "name", "traffic"), "service traffic"),
        (lambda file: setattr(file.service[0].method[0], "name", "get_info"), "method get_info"),
        (
            lambda file: setattr(
                file.service[0].method[0], "input_type", file.service[0].method[1].input_type
            ),
            "is used by two methods",
        ),
        (
            lambda file: setattr(file.service[0].method[0], "output_type", ".google.protobuf.Empty"),
            "has .google.protobuf.Empty, not .rollouts_router.v1.GetInfoResponse",
        ),
        (lambda file: uncomment(file, 4, 0), "RolloutSource has no comment"),
        (lambda file: uncomment(file, 4, 0, 2, 1), "RolloutSource.manifest has no comment"),
        (lambda file: uncomment(file, 4, 0, 8, 0), "RolloutSource.source has no comment"),
        (lambda file: uncomment(file, 5, 0), "RouteResult has no comment"),
        (lambda file: uncomment(file, 5, 0, 2, 1), "ROUTE_RESULT_UNCHANGED has no comment"),
        (lambda file: uncomment(file, 6, 0), "TrafficRouter has no comment"),
        (lambda file: uncomment(file, 6, 0, 2, 1), "TrafficRouter.SetWeight has no comment"),
    ],
)
def test_each_rule_finds_what_breaks_it(edit: Edit, sentence: str) -> None:
    assert any(sentence in flaw for flaw in edited(edit)), edited(edit)


def nested(file: FileDescriptorProto) -> None:
    """Put a message and an enum into another message."""
    inner = file.message_type[0].nested_type.add(name="inner")
    inner.enum_type.add(name="deep").value.add(name="X", number=0)


def test_what_is_nested_is_looked_at_too() -> None:
    found = edited(nested)

    assert "message inner is not spelled as the others are" in found
    assert "enum deep is not spelled as the others are" in found
    assert {"inner has no comment", "deep has no comment", "X has no comment"} <= set(found)
