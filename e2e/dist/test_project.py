"""The wheel that `make dist` builds, installed as a user would; and the list of sums over everything."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LIMIT = 120.0  # seconds


def test_an_installed_wheel_runs(built: Path, tmp_path: Path) -> None:
    wheel = next(built.glob("*.whl"))
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile")
    subprocess.run((*pip, "--target", tmp_path, wheel), check=True, timeout=LIMIT)
    done = subprocess.run(
        (sys.executable, tmp_path / "bin" / "rollouts-router", "version"),
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=LIMIT,
    )
    assert done.stdout.strip() == wheel.name.split("-")[1]


def test_the_sums_are_those_of_the_files(built: Path) -> None:
    done = subprocess.run(
        ("sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"), cwd=built, check=False, timeout=LIMIT
    )
    assert done.returncode == 0
    listed = {line.split()[1] for line in (built / "SHA256SUMS").read_text().splitlines()}
    present = {path.relative_to(built).as_posix() for path in built.rglob("*") if path.is_file()}
    assert present - listed == {"SHA256SUMS"}


def test_no_file_names_a_folder_of_the_machine_that_built_it(built: Path, executable: Path) -> None:
    home, checkout = str(Path.home()).encode(), str(Path(__file__).parents[2]).encode()
    launcher = executable.read_bytes()[:200_000]
    papers = b"".join(path.read_bytes() for path in built.iterdir() if path.suffix in {".json", ".txt"})
    for folder in (home + b"/", checkout + b"/"):
        assert folder not in launcher
        assert folder not in papers


def test_four_first_starts_at_once_unpack_once(executable: Path, tmp_path: Path) -> None:
    started = [
        subprocess.Popen(
            (executable, "version"),
            env={"ROLLOUTS_ROUTER_UNPACK_DIR": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(4)
    ]
    said = [each.communicate(timeout=LIMIT) for each in started]
    assert [each.returncode for each in started] == [0] * 4
    assert {errors for _, errors in said} == {b""}
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 1
