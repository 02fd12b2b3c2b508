"""The one error of the core. What the Kubernetes API says is `kube.errors`' business, not this file's."""


class RoutingError(Exception):
    """What was asked cannot be done. The text reaches the user on the Rollout.

    It says what is wrong, with which object or field, and what to do.
    """


class PassingError(RoutingError):
    """What may pass by itself: the API server is too slow, too busy or away. Nobody has to change anything."""


class KindNotServedError(RoutingError):
    """The cluster serves a kind of route in no version that can be used."""
