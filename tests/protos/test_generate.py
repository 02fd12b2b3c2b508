"""What is checked in is what the generator makes of the contracts, and the lock holds all of what was released."""

from pathlib import Path

import pytest
from protos.contract import describe, extend

from protos import generate


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the generator makes now."""
    folder = tmp_path_factory.mktemp("generated")
    generate.generate(folder)
    return folder


def test_every_generated_file_is_checked_in_and_no_other(fresh: Path) -> None:
    made = list(generate.generated(fresh))

    assert made
    assert list(generate.generated(generate.PACKAGE)) == made


def test_nobody_has_edited_a_generated_file(fresh: Path) -> None:
    changed = [
        str(path)
        for path in generate.generated(fresh)
        if (generate.PACKAGE / path).read_bytes() != (fresh / path).read_bytes()
    ]

    assert changed == [], "run `make protos`, and commit what it writes"


def test_the_lock_holds_the_contract_as_it_is() -> None:
    """An addition that is not locked could be taken back without anybody being told."""
    lock = generate.LOCK.read_text()

    assert extend(lock, describe(generate.descriptor_set())) == lock, "run `make protos`"


def test_a_source_with_an_error_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "bad.proto").write_text('syntax = "proto3"; message {}')
    monkeypatch.setattr(generate, "PROTOS", tmp_path)

    with pytest.raises(generate.GenerationError, match=r"bad\.proto"):
        generate.generate(tmp_path)
