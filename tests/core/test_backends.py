"""What traffic goes to, by all that a reference says of it."""

from rollouts_router.core.backends import Backend, Backends, service, service_backends
from rollouts_router.core.model import Services


def test_a_backend_calls_itself_by_all_that_tells_it_from_others() -> None:
    assert str(service("shop", "a")) == '"a" (Service, namespace shop)'
    assert str(Backend("x.io", "Backend", "edge", "a")) == '"a" (Backend, group x.io, namespace edge)'


def test_the_services_of_a_rollout_are_core_services_of_its_namespace() -> None:
    assert service_backends("shop", Services(stable="s", canary="c")) == Backends(
        stable=Backend("", "Service", "shop", "s"), canary=Backend("", "Service", "shop", "c")
    )
