"""`python -m e2e.kit.notifications.golden`: writes what the controller's engine makes of every sample.

The files are what `rollouts-router why` is held to without Go, so a change of them belongs into a review.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from observability.notifications.config_map import triggers_and_templates
from observability.notifications.occasions import OCCASIONS
from observability.notifications.template import SLACK, WEBHOOK
from observability.samples import SAMPLES
from observability.text import pretty_json

from e2e.kit.notifications.engine import rendered

FOLDER: Final = Path(__file__).parents[3] / "tests" / "golden" / "notifications"


def golden() -> dict[str, str]:
    """File name to content: for each sample, what each occasion tells each service."""
    data = dict(triggers_and_templates())
    triggers = {each.event: each.trigger for each in OCCASIONS}
    keys = [
        (name, event, service)
        for name, sample in SAMPLES.items()
        for event in sample.events
        for service in (SLACK, WEBHOOK)
    ]
    questions = [
        {
            "data": data,
            "trigger": triggers[event],
            "service": service,
            "rollout": SAMPLES[name].rollout,
            "runs": list(SAMPLES[name].runs),
        }
        for name, event, service in keys
    ]
    files: dict[str, dict[str, Any]] = {}
    for (name, event, service), told in zip(keys, rendered(questions), strict=True):
        files.setdefault(name, {}).setdefault(event, {})[service] = _shown(service, told)
    return {f"{name}.json": pretty_json(content) for name, content in files.items()}


def _shown(service: str, told: dict[str, Any]) -> dict[str, Any]:
    """What of a notification goes to the service. JSON within it is shown as such, so it has to be JSON."""
    if service == SLACK:
        slack = told["slack"]
        return {
            "text": told["message"],
            "attachments": json.loads(slack["attachments"]),
            "groupingKey": slack["groupingKey"],
            "notifyBroadcast": slack["notifyBroadcast"],
        }
    return {"message": told["message"], "body": json.loads(told["webhook"][WEBHOOK]["body"])}


def main() -> None:
    """Write the files."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in golden().items():
        (FOLDER / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
