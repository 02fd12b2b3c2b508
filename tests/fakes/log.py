"""A log that keeps its lines."""

from dataclasses import dataclass, field


@dataclass
class Lines:
    """Every line as (level, sentence, fields)."""

    lines: list[tuple[str, str, dict[str, object]]] = field(default_factory=list)

    def debug(self, event: str, /, **fields: object) -> None:
        """For someone who looks for a cause."""
        self.lines.append(("debug", event, fields))

    def info(self, event: str, /, **fields: object) -> None:
        """A change."""
        self.lines.append(("info", event, fields))

    def warning(self, event: str, /, **fields: object) -> None:
        """Somebody should look at this."""
        self.lines.append(("warning", event, fields))

    def error(self, event: str, /, **fields: object) -> None:
        """Something does not work."""
        self.lines.append(("error", event, fields))

    def said(self, level: str) -> list[str]:
        """The sentences of one level."""
        return [sentence for each, sentence, _ in self.lines if each == level]
