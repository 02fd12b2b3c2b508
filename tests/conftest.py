"""What holds for every test: generated examples are judged by what they show, never by how long they take."""

import logging

from hypothesis import HealthCheck, settings

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("default")

# At debug level the gRPC library logs, out of the destructor of a server that was never stopped, that very server. pytest
# keeps log records, and so an object that is gone: the interpreter ends with a segmentation fault some tests later.
logging.getLogger("grpc._cython.cygrpc").setLevel(logging.INFO)
