"""One target under atheris, in a process of its own: `python -m tests.fuzz.drive TARGET LIBFUZZER-ARGUMENTS`."""

import sys

import atheris

with atheris.instrument_imports(include=["rollouts_router"]):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    """Hand the target to libFuzzer, which ends the process."""
    run_one, _ = TARGETS[sys.argv[1]]
    atheris.Setup([sys.argv[0], *sys.argv[2:]], run_one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
