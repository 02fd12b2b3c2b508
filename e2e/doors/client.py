"""A client in Python as anybody would write it: `client.py FOLDER ADDRESS NAMESPACE NAME WEIGHT`.

FOLDER holds what protoc made of the proto; nothing of the product is imported. Sets the weight of a Rollout, asks for
one that does not exist, and prints as JSON what came of both.
"""

from __future__ import annotations

import json
import sys

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

PATIENCE = 60.0  # seconds


def main() -> None:
    """Run the command line."""
    folder, address, namespace, name, weight = sys.argv[1:]
    sys.path.insert(0, folder)
    from rollouts_router.v1 import traffic_router_pb2 as v1  # noqa: PLC0415 - out of the folder
    from rollouts_router.v1 import traffic_router_pb2_grpc as services  # noqa: PLC0415 - out of the folder

    def rollout(called: str) -> v1.RolloutSource:
        return v1.RolloutSource(reference=v1.RolloutReference(namespace=namespace, name=called))

    with grpc.insecure_channel(address) as channel:
        router = services.TrafficRouterStub(channel)
        done = router.SetWeight(
            v1.SetWeightRequest(rollout=rollout(name), weight=int(weight)), timeout=PATIENCE
        )
        lost = router.Discover.future(v1.DiscoverRequest(rollout=rollout("nobody")), timeout=PATIENCE)
        lost.exception(timeout=PATIENCE)
        status = rpc_status.from_call(lost)
    info = error_details_pb2.ErrorInfo()
    details = [] if status is None else [detail for detail in status.details if detail.Unpack(info)]
    told = {
        "changed": done.outcome.changed,
        "code": lost.code().name,
        "reason": info.reason,
        "infos": len(details),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
