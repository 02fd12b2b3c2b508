"""The limits in the gRPC library's words."""

from rollouts_router.transports.standalone.limits import MESSAGE, ServingLimits


def test_the_library_is_told_every_limit_that_is_its_own() -> None:
    limits = ServingLimits(
        calls=1,
        watches=2,
        arrivals=3,
        connections=4,
        handshake=5,
        idle=6,
        age=7,
        grace=8,
        ping=9,
        pong=10,
        least_ping=11,
    )

    assert dict(limits.options()) == {
        "grpc.max_receive_message_length": MESSAGE,
        "grpc.max_send_message_length": MESSAGE,
        "grpc.max_metadata_size": 16 * 1024,
        "grpc.absolute_max_metadata_size": 16 * 1024,
        "grpc.max_allowed_incoming_connections": 4,
        "grpc.max_concurrent_streams": 6,
        "grpc.keepalive_permit_without_calls": 1,
        "grpc.http2.max_ping_strikes": 2,
        "grpc.so_reuseport": 0,
        "grpc.server_handshake_timeout_ms": 5000,
        "grpc.max_connection_idle_ms": 6000,
        "grpc.max_connection_age_ms": 7000,
        "grpc.max_connection_age_grace_ms": 8000,
        "grpc.keepalive_time_ms": 9000,
        "grpc.keepalive_timeout_ms": 10000,
        "grpc.http2.ping_timeout_ms": 10000,
        "grpc.http2.min_recv_ping_interval_without_data_ms": 11000,
    }
