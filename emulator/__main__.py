# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Serve the emulator until interrupted: `python -m emulator --port N [--seed FILE] ...`."""

from __future__ import annotations

import argparse
import gc
import os
from contextlib import suppress
from pathlib import Path

# moto reads this at import. AMIs cost 65 ms and 3.6 MB for each account and are of no use to a network.
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")

from emulator.app import Emulator
from emulator.seed import load_seed
from emulator.server import Server
from emulator.snapshots import Keeper


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m emulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help="0 takes a free port")
    parser.add_argument("--seed", type=Path, help="YAML or JSON: organization, accounts, access keys, roles")
    parser.add_argument("--latency", type=float, default=0, metavar="MS", help="added to each call")
    parser.add_argument("--transition", type=float, default=0, metavar="MS", help="time spent in a pending state")
    parser.add_argument("--lag", type=float, default=0, metavar="MS", help="time a new EC2 resource stays invisible")
    parser.add_argument("--buckets", choices=["documented"], help="throttle EC2 as AWS documents it")
    arguments = parser.parse_args(argv)

    application = Emulator(
        seed=load_seed(arguments.seed) if arguments.seed else {},
        latency=arguments.latency,
        transition=arguments.transition,
        lag=arguments.lag,
        buckets=arguments.buckets,
    )
    # Many accounts are millions of objects that stay: a garbage collection of all of them takes 0.1 s each time.
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)
    server = Server(arguments.host, arguments.port, application)
    application.keeper = Keeper(server, application)
    print(f"emulator ready on http://{arguments.host}:{server.port}", flush=True)
    with suppress(KeyboardInterrupt):
        application.keeper.serve()


if __name__ == "__main__":
    main()
