# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Mutation run with mutmut: changes the code of some files of _core and _domain, and names the changes no test sees.

    python -m tools.mutants [--seed N] [--files N] [FILE ...]

FILE: relative to plugins/module_utils, such as _domain/network/packet_filters.py; without one, the seed picks --files
of them. mutmut runs the unit tests once to learn which of them call which function, then those for each mutant; a
mutant is one changed operator, number, text or argument within a function. What modules define outside of functions
isn't mutated. Prints each survivor as a diff; exits 1 if there are survivors.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / ".cache" / "mutants"
COPY = Path("ansible_collections/closednet/aws")
TREE = ROOT / ".tree" / COPY
UTILS = COPY / "plugins" / "module_utils"
# Tests that read the source, which mutmut rewrites, or that start an interpreter of their own.
READ_THE_SOURCE = ("test_all_that_is_read_is_listed",)
# Tests of units of the rooms that are mutated, and of those above them.
SELECTED = ("_core", "_domain", "_resources", "_capabilities")
SURVIVED = re.compile(r"^\s+(\S+__mutmut_\d+): (survived|no tests|timeout|suspicious)$", re.MULTILINE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", type=int, default=6)
    parser.add_argument("file", nargs="*")
    asked = parser.parse_args()
    chosen = [ROOT / "plugins/module_utils" / name for name in asked.file] or _sample(asked.seed, asked.files)
    for path in chosen:
        if not path.is_file():
            sys.exit(f"{path}: isn't a file; expected a path relative to plugins/module_utils")
    names = [str(path.relative_to(ROOT / "plugins/module_utils")) for path in chosen]
    print(f"mutants of {', '.join(names)}", flush=True)
    _copy(names)
    _mutmut("run", "--max-children", str(os.cpu_count() or 1))
    survivors = [(name, how) for name, how in SURVIVED.findall(_mutmut("results"))]
    for name, how in survivors:
        print(f"\n== {how}: {name}")
        print(_mutmut("show", name))
    if survivors:
        sys.exit(f"{len(survivors)} mutants that no test of the units sees")


def _sample(seed: int, count: int) -> list[Path]:
    """Return `count` of the files with functions; the same ones for a seed, as long as no file is added."""
    rooms = (ROOT / "plugins/module_utils" / room for room in ("_core", "_domain"))
    files = sorted(path for room in rooms for path in room.rglob("*.py") if "def " in path.read_text())
    return sorted(random.Random(seed).sample(files, count))


def _copy(names: list[str]) -> None:
    """Write the copy of `make tree` that mutmut works in, and its configuration."""
    shutil.rmtree(WORK, ignore_errors=True)
    shutil.copytree(TREE, WORK / COPY, ignore=shutil.ignore_patterns(".git", "__pycache__"))
    # importlib's mode of pytest makes ansible_collections a package of this folder alone.
    amazon = Path(sysconfig.get_path("purelib")) / "ansible_collections" / "amazon"
    (WORK / "mutants" / "ansible_collections").mkdir(parents=True)
    (WORK / "mutants" / "ansible_collections" / "amazon").symlink_to(amazon)
    (WORK / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib --strict-markers\n")
    mutated = "".join(f"\n    {UTILS / name}" for name in names)
    selected = "".join(f"\n    {COPY / 'tests/unit' / room}" for room in SELECTED)
    deselected = " and ".join(f"not {name}" for name in READ_THE_SOURCE)
    (WORK / "setup.cfg").write_text(
        "[mutmut]\nsource_paths=\n    ansible_collections\n"
        f"only_mutate={mutated}\nalso_copy=\n    pytest.ini\n"
        f"pytest_add_cli_args_test_selection={selected}\n"
        f"pytest_add_cli_args=\n    -q\n    -p\n    no:cacheprovider\n    -k\n    {deselected}\n"
        "use_git_change_detection=False\n"
    )


def _mutmut(*arguments: str) -> str:
    """Return what mutmut prints. Its progress is a spinner, so it is shown only if mutmut fails."""
    command = [sys.executable, "-m", "mutmut", *arguments]
    done = subprocess.run(command, cwd=WORK, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        sys.exit(f"{done.stdout[-4000:]}\nmutmut {arguments[0]} failed ({done.returncode})")
    return done.stdout


if __name__ == "__main__":
    main()
