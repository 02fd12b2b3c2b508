"""The service as it is put on a server."""

from pathlib import Path

import grpc
from tests.fakes.log import Lines
from tests.fakes.routers import Setup

from rollouts_router.app.registration import traffic_router
from rollouts_router.v1 import traffic_router_pb2 as v1
from rollouts_router.v1.traffic_router_pb2_grpc import TrafficRouterStub


async def test_a_server_gets_the_service_and_its_name(tmp_path: Path) -> None:
    server = grpc.aio.server()

    names = traffic_router(Setup().desk, Lines())(server)

    assert names == ("rollouts_router.v1.TrafficRouter",)
    server.add_insecure_port(f"unix:{tmp_path}/s")
    await server.start()
    async with grpc.aio.insecure_channel(f"unix:{tmp_path}/s") as channel:
        assert (await TrafficRouterStub(channel).GetInfo(v1.GetInfoRequest())).version
    await server.stop(None)
