"""What can go wrong on the wire, and whose fault it is. No codec, no state; cheap to import.

Everything in `wire` raises one of the two classes below and nothing else. The sentence says what was
wrong with the bytes or with the call, never how the code noticed it.
"""


class ProtocolError(Exception):
    """The rules of the wire were broken; raised only as one of its two subclasses."""


class RemoteProtocolError(ProtocolError):
    """The peer sent what it must not send. The stream, or the session, cannot go on."""


class LocalProtocolError(ProtocolError):
    """We asked for something that must not be sent. Nothing was sent and nothing has changed."""
