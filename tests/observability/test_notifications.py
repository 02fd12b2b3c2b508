"""What the controller's engine made of the templates (golden files), against what `why` says and what Slack takes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from observability.notifications.config_map import PREFIX, triggers_and_templates
from observability.notifications.occasions import OCCASIONS
from observability.samples import SAMPLES, Sample

from rollouts_router.why.findings import Phase, verdict_of

GOLDEN = Path(__file__).parents[1] / "golden" / "notifications"
FILES = sorted(path.stem for path in GOLDEN.glob("*.json"))
MOST_TEXT, MOST_BLOCKS = 3000, 50  # Slack, "Block Kit": a section's text, the blocks of a message
MOST_ANNOTATION = 262_144  # bytes of annotations, in which `kubectl apply` keeps the whole object


def golden(name: str) -> dict[str, Any]:
    return json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


def told(name: str) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for event, services in golden(name).items():
        yield event, services["slack"], services["webhook"]


def sections(slack: dict[str, Any]) -> list[str]:
    return [
        block["text"]["text"] for block in slack["attachments"][0]["blocks"] if block["type"] == "section"
    ]


def expected(sample: Sample, event: str) -> list[list[str]]:
    """What `why` says of the runs that the occasion is about, in the controller's order."""
    occasion = next(each for each in OCCASIONS if each.event == event)
    index = str(sample.rollout["status"].get("currentStepIndex"))
    runs = [
        run
        for run in sorted(sample.runs, key=lambda run: run["metadata"]["creationTimestamp"], reverse=True)
        if run["status"]["phase"] in occasion.phases
        and run["metadata"]["name"] not in {"older", "other"}
        and (not occasion.only_here or run["metadata"]["labels"].get("step-index", index) == index)
    ]
    return [list(verdict.lines()) for run in runs[:3] if (verdict := verdict_of(sample.rollout, run))]


def test_every_sample_has_its_golden_file() -> None:
    assert sorted(SAMPLES) == FILES
    assert all(tuple(golden(name)) == SAMPLES[name].events for name in FILES)


@pytest.mark.parametrize("name", FILES)
def test_the_alert_and_why_say_the_same_of_a_run(name: str) -> None:
    for event, _, webhook in told(name):
        assert [run["lines"] for run in webhook["body"]["runs"]] == expected(SAMPLES[name], event)


@pytest.mark.parametrize("name", FILES)
def test_the_alert_has_the_fields_of_a_finding(name: str) -> None:
    for _, _, webhook in told(name):
        for shown in webhook["body"]["runs"]:
            run = next(each for each in SAMPLES[name].runs if each["metadata"]["name"] == shown["run"])
            verdict = verdict_of(SAMPLES[name].rollout, run)
            assert verdict is not None
            pairs = zip(verdict.findings, shown["metrics"], strict=True)
            assert all(
                (found.metric, found.phase, found.value, found.threshold, found.query, found.counts)
                == tuple(metric[key] for key in ("metric", "phase", "value", "threshold", "query", "counts"))
                for found, metric in pairs
            )


@pytest.mark.parametrize("name", FILES)
def test_slack_takes_every_message(name: str) -> None:
    for _, slack, _ in told(name):
        assert all(0 < len(text) <= MOST_TEXT for text in sections(slack))
        assert len(slack["attachments"][0]["blocks"]) <= MOST_BLOCKS


def test_markup_of_slack_is_escaped() -> None:
    (texts,) = [sections(slack) for event, slack, _ in told("quotes") if event == "aborted"]
    assert any("a&lt;b&amp;c" in text for text in texts)
    assert not any("<b" in text for text in texts)


def test_a_secret_is_in_no_message() -> None:
    text = (GOLDEN / "secrets.json").read_text(encoding="utf-8")
    assert "hunter2" not in text
    assert "{{args.token}}" in text
    assert 'app=\\"web\\"' in text


def test_a_rehearsal_and_what_passed_are_left_out() -> None:
    text = (GOLDEN / "several-metrics.json").read_text(encoding="utf-8")
    assert "rehearsal" not in text
    assert "passed" not in text


def test_the_value_the_threshold_and_the_step_are_in_the_alert() -> None:
    _, slack, _ = next(told("failed"))
    assert sections(slack)[:2] == [
        "*Analysis web-7d9c5b6f4-3-4 failed in step 5 of 8 (weight 25)*",
        "`error-rate = 0.034, needs result[0] &lt;= 0.01`\nfailed 2 of 3, allowed 1",
    ]


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        ("pause-for-ever", "paused at step 6 of 8 (weight 25) until somebody promotes it"),
        ("pause-seconds", "paused at step 8 of 8 (weight 50) for 600s"),
        ("pause-words", "paused at step 2 of 8 (weight 5) for 10m"),
        (
            "inconclusive",
            "paused at step 5 of 8 (weight 25), an analysis is inconclusive: somebody has to decide",
        ),
    ],
)
def test_a_pause_says_how_long_it_takes(sample: str, words: str) -> None:
    title = golden(sample)["paused"]["webhook"]["body"]["title"]
    assert title == f"shop/web revision 3: {words}"


def test_a_message_to_another_service_has_everything_in_its_text() -> None:
    _, _, webhook = next(told("failed"))
    assert webhook["message"].splitlines()[1:3] == webhook["body"]["runs"][0]["lines"][:2]


def test_every_trigger_has_a_template() -> None:
    data = triggers_and_templates()
    for occasion in OCCASIONS:
        assert yaml.safe_load(data[f"trigger.{occasion.trigger}"]) == [
            {"send": [f"{PREFIX}{occasion.event}"]}
        ]
        assert f"template.{PREFIX}{occasion.event}" in data


def test_kubectl_can_apply_the_config_map() -> None:
    assert len(json.dumps(triggers_and_templates())) < MOST_ANNOTATION


def test_the_phases_are_those_of_the_controller() -> None:
    assert {phase.value for phase in Phase} >= {phase for each in OCCASIONS for phase in each.phases}
