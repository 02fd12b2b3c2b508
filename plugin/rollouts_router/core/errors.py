"""The errors of the core. What the Kubernetes API says is `kube.errors`' business, not this file's."""


class RoutingError(Exception):
    """What was asked cannot be done. The text reaches the user on the Rollout.

    It says what is wrong, with which object or field, and what to do. For doors that can tell more than a text:
    `field` is the path of the field of the Rollout that is to blame, `route` the one route that it is about (kind
    namespace/name); each is empty where there is none.
    """

    def __init__(self, text: str = "", *, field: str = "", route: str = "") -> None:
        super().__init__(text)
        self.field = field
        self.route = route


class FieldError(RoutingError):
    """A field of the Rollout is not as it has to be.

    `where` is the beginning of the text: the path, with the object in front and a colon between.
    """

    def __init__(self, where: str, text: str) -> None:
        super().__init__(f"{where}{text}", field=where.rpartition(": ")[2])


class PassingError(RoutingError):
    """What may pass by itself: the API server is too slow, too busy or away. Nobody has to change anything."""


class TooSlowError(PassingError):
    """The time that a call may take was not enough."""


class KindNotServedError(RoutingError):
    """The cluster serves a kind of route in no version that can be used."""


class NoRoutesError(RoutingError):
    """No route qualifies."""


class NotAllowedError(RoutingError):
    """The operator has not allowed it, whatever the API server would."""


class ContendedError(RoutingError):
    """Somebody else changed the same route at each try."""
