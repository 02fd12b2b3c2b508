"""A log that keeps nothing, for what is only tried or looked at."""


class Silence:
    """Takes every line."""

    def debug(self, event: str, /, **fields: object) -> None:
        """Drop it."""

    def info(self, event: str, /, **fields: object) -> None:
        """Drop it."""

    def warning(self, event: str, /, **fields: object) -> None:
        """Drop it."""

    def error(self, event: str, /, **fields: object) -> None:
        """Drop it."""
