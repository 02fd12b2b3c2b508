"""Rules as values, and the YAML that Prometheus reads of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from observability.text import block_yaml


class Severity(StrEnum):
    """Who is woken up: nobody, or somebody."""

    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recording rule."""

    name: str
    expression: str

    def as_yaml(self) -> Mapping[str, object]:
        """As Prometheus reads it."""
        return {"record": self.name, "expr": self.expression}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alerting rule. `summary` says the value and the threshold; `what_to_do` may be several sentences."""

    name: str
    expression: str
    lasts: str
    severity: Severity
    summary: str
    what_to_do: str

    def as_yaml(self) -> Mapping[str, object]:
        """As Prometheus reads it."""
        return {
            "alert": self.name,
            "expr": self.expression,
            "for": self.lasts,
            "labels": {"severity": self.severity.value},
            "annotations": {"summary": self.summary, "description": self.what_to_do},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rules that are evaluated together, in their order, every `interval`."""

    name: str
    interval: str
    rules: Sequence[Recorded | Alert]


def rules_file(groups: Sequence[Group]) -> str:
    """A file of rules, which is the `spec` of a PrometheusRule as well."""
    return block_yaml(
        {
            "groups": [
                {
                    "name": each.name,
                    "interval": each.interval,
                    "rules": [rule.as_yaml() for rule in each.rules],
                }
                for each in groups
            ]
        }
    )
