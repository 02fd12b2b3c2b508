"""Texts of manifests for the tests of the checks, and what is told of them."""

from rollouts_router.lint.linting import Text, lint


def told(*texts: str) -> list[tuple[str, int | None, str]]:
    """Code, line and sentence of every finding in these files; each is in a folder of its own order."""
    findings = lint(Text(f"file{at}.yaml", text) for at, text in enumerate(texts))
    return [(each.rule.code, each.place.line, each.sentence) for each in findings]


def codes(*texts: str) -> list[str]:
    """The codes of every finding in these files."""
    return [code for code, _, _ in told(*texts)]


def metric(**fields: object) -> str:
    """A template with one metric; its query and provider are Prometheus' unless given."""
    provider = fields.pop("provider", {"prometheus": {"query": "vector(1)"}})
    return (
        "apiVersion: argoproj.io/v1alpha1\n"
        "kind: AnalysisTemplate\n"
        "metadata: {name: gate}\n"
        f"spec: {{metrics: [{{name: m, provider: {provider!r}, {_fields(fields)}}}]}}\n"
    )


def rollout(steps: str, routing: str = "{plugins: {argoproj-labs/gatewayAPI: {httpRoute: shop}}}") -> str:
    """A Rollout with these steps, written as a flow list."""
    return (
        "apiVersion: argoproj.io/v1alpha1\n"
        "kind: Rollout\n"
        "metadata: {name: shop}\n"
        "spec:\n"
        "  strategy:\n"
        "    canary:\n"
        "      stableService: shop-stable\n"
        "      canaryService: shop-canary\n"
        f"      trafficRouting: {routing}\n"
        f"      steps: {steps}\n"
    )


def _fields(fields: dict[str, object]) -> str:
    return ", ".join(f"{name}: {value!r}" for name, value in fields.items())
