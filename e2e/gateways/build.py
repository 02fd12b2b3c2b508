"""`python -m e2e.gateways.build`: builds and fetches all that the gateways' tests need, the bed's programs and ours too."""

from __future__ import annotations

import sys

from bundle.errors import BundleError

from bundle import arches, outputs
from e2e.bed import binaries
from e2e.bed.errors import BuildError
from e2e.gateways.envoy_gateway import EnvoyGateway
from e2e.gateways.traefik import Traefik


def main() -> int:
    """Once this has gone well, the tests need no internet."""
    try:
        binaries.prepare()
        for gateway in (EnvoyGateway, Traefik):
            gateway.prepare()
            print(f"{gateway.name} is ready", flush=True)
        outputs.cached(arches.of_this_machine())
        print("the router's executable is ready", flush=True)
    except (BuildError, BundleError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
