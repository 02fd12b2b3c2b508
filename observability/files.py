"""Everything that is generated, by its path in the repository. `python -m observability` writes it; a test compares."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from observability.dashboards.grafana import grafana_json
from observability.dashboards.pages import PAGES
from observability.kube_state_metrics import CONFIGURATION
from observability.notifications.config_map import triggers_and_templates
from observability.rules.alerts import ALERTS
from observability.rules.delivery import DELIVERY, MONTHLY
from observability.rules.model import rules_file
from observability.text import block_yaml

ROOT: Final = Path(__file__).parents[1]
FOLDER: Final = "charts/progressive-platform/files"


def generated() -> Mapping[str, str]:
    """Path to content."""
    dashboards = {f"{FOLDER}/dashboards/{page.uid}.json": grafana_json(page) for page in PAGES}
    return {
        f"{FOLDER}/notifications.yaml": block_yaml(dict(triggers_and_templates())),
        f"{FOLDER}/rules.yaml": rules_file((DELIVERY, MONTHLY, ALERTS)),
        f"{FOLDER}/kube-state-metrics.yaml": block_yaml(CONFIGURATION),
        **dashboards,
    }


def write() -> None:
    """Write all of it."""
    for path, content in generated().items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(content, encoding="utf-8")
