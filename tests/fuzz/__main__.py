"""Coverage-guided fuzzing of the wire codecs: `python -m tests.fuzz [--runs N] [TARGET ...]`.

Each target runs in a process of its own under limits of memory and of time for one input. Prints what was
run; a finding ends with its report, the offending input in a file beside, and exit status 1.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.fuzz.targets import TARGETS

RUNS: Final = 1_000_000
RSS_LIMIT_MB: Final = 512
SECONDS_PER_INPUT: Final = 5
MAX_INPUT: Final = 4096
_STATISTIC = re.compile(r"stat::(\w+):\s+(\d+)")


def main() -> int:
    """Fuzz the targets named on the command line, by default all; return 1 if one of them failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz the wire codecs.")
    parser.add_argument(
        "--runs", type=int, default=RUNS, help="inputs for each target (default: %(default)s)"
    )
    parser.add_argument("targets", nargs="*", metavar="target", help=f"any of: {', '.join(TARGETS)}")
    options = parser.parse_args()
    if unknown := set(options.targets) - TARGETS.keys():
        parser.error(f"no such target: {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    return max([fuzz(name, options.runs) for name in options.targets or TARGETS])


def fuzz(name: str, runs: int) -> int:
    """Fuzz one target from a fresh corpus, print its line, and return 0 if nothing was found."""
    with tempfile.TemporaryDirectory(prefix=f"fuzz-{name}-") as folder:
        corpus = Path(folder)
        for number, seed in enumerate(TARGETS[name][1]()):
            (corpus / f"seed-{number}").write_bytes(seed)
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            [
                *(sys.executable, "-m", "tests.fuzz.drive", name, folder),
                *(f"-runs={runs}", f"-rss_limit_mb={RSS_LIMIT_MB}", f"-timeout={SECONDS_PER_INPUT}"),
                *(f"-max_len={MAX_INPUT}", f"-artifact_prefix={name}-finding-"),
                *("-print_final_stats=1", "-seed=1", "-verbosity=0"),
            ],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    sys.stdout.write(f"{name}: {_summary(done.stderr)}\n")
    if done.returncode:
        sys.stdout.write(f"{done.stdout[-2000:]}\n{done.stderr[-6000:]}\n")
    sys.stdout.flush()
    return min(done.returncode, 1)


def _summary(report: str) -> str:
    found = dict(_STATISTIC.findall(report))
    return (
        f"{found.get('number_of_executed_units', '?')} inputs, "
        f"{found.get('average_exec_per_sec', '?')} a second, "
        f"{found.get('new_units_added', '?')} new in the corpus, "
        f"peak memory {found.get('peak_rss_mb', '?')} MB of {RSS_LIMIT_MB} allowed"
    )


if __name__ == "__main__":
    sys.exit(main())
