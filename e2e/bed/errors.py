"""What can go wrong in the bed itself, one class a meaning. Errors of the Kubernetes API are in `api`."""


class BedError(Exception):
    """The bed could not do what was asked; the test said nothing about the product yet."""


class BuildError(BedError):
    """A program of the bed could not be built or found."""


class ProcessDiedError(BedError):
    """A program ended while it was still needed."""


class NotInTimeError(BedError):
    """Something that was waited for did not come within its bound."""
