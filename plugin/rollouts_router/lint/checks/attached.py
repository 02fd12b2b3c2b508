"""How Rollouts use their templates: whether arguments fit, templates go together, and steps come to an end."""

from collections.abc import Iterator, Mapping
from typing import Any

from rollouts_router.core.untyped import mapping, text
from rollouts_router.findings.model import Finding
from rollouts_router.lint.checks.metrics import (
    arguments,
    has_default,
    is_matched,
    metrics,
    templates,
    used_arguments,
)
from rollouts_router.lint.checks.uses import Use, resolve, uses
from rollouts_router.lint.manifests import Given, Manifest
from rollouts_router.lint.rules import analysis as rules

_MATCHERS = ("dryRun", "measurementRetention")


def check_uses(given: Given) -> Iterator[Finding]:
    """Every analysis of every Rollout, then what templates say of metrics by name."""
    found = uses(given)
    for use in found:
        yield from _missing(use)
        yield from _endless(use)
        yield from _clashes(use)
        yield from _sources(use)
        yield from _arguments(use)
    for template in templates(given):
        yield from _undeclared(template, _companies(given, template, found))
        yield from _matchers(template, _companies(given, template, found))


def _missing(use: Use) -> Iterator[Finding]:
    for name in use.missing:
        yield use.rollout.finding(rules.TEMPLATE_MISSING, f'template "{name}"', *use.path)


def _endless(use: Use) -> Iterator[Finding]:
    if use.may_be_endless:
        return
    for template in use.templates:
        for metric in metrics(template):
            if metric.is_endless():
                yield use.rollout.finding(
                    rules.ENDLESS,
                    f'metric "{metric.name}" of template "{template.name}" has an interval and no count',
                    *use.path,
                )


def _clashes(use: Use) -> Iterator[Finding]:
    """Source: utils/analysis.FlattenTemplates."""
    owners: dict[str, str] = {}
    for template in use.templates:
        for metric in metrics(template):
            other = owners.setdefault(metric.name, template.name)
            if other != template.name:
                sentence = f'metric "{metric.name}" is in template "{other}" and in "{template.name}"'
                yield use.rollout.finding(rules.COMBINED, sentence, *use.path)
    defaults: dict[str, tuple[object, str]] = {}
    for template in use.templates:
        for name, argument in arguments(template).items():
            value = argument.get("value")
            first, other = (
                defaults.setdefault(name, (value, template.name)) if value is not None else (None, "")
            )
            if value is not None and first != value:
                sentence = (
                    f'argument "{name}" is {first!r} by default in template "{other}" and {value!r} in'
                    f' "{template.name}"'
                )
                yield use.rollout.finding(rules.COMBINED, sentence, *use.path)


def _sources(use: Use) -> Iterator[Finding]:
    known = {"podTemplateHashValue", "fieldRef"}
    for name, argument in use.arguments.items():
        strange = sorted(set(mapping(argument.get("valueFrom"))) - known)
        if strange:
            yield use.rollout.finding(
                rules.SECRET_FROM_ROLLOUT, f'argument "{name}" comes from {strange[0]}', *use.path, "args"
            )


def _arguments(use: Use) -> Iterator[Finding]:
    """Source: utils/analysis.MergeArgs: what no template declares is passed over without a word."""
    if use.missing or not use.templates:
        return
    declared = _declared(use.templates)
    names = " and ".join(f'"{each.name}"' for each in use.templates)
    for name in use.arguments:
        if name not in declared:
            yield use.rollout.finding(
                rules.UNKNOWN_ARGUMENT, f'argument "{name}" is not declared by {names}', *use.path, "args"
            )
    for name, argument in declared.items():
        if not has_default(argument) and not has_default(use.arguments.get(name, {})):
            yield use.rollout.finding(
                rules.NOT_GIVEN, f'argument "{name}" of {names} has no default and is not given', *use.path
            )


def _declared(found: tuple[Manifest, ...]) -> dict[str, Mapping[str, Any]]:
    """All arguments of templates that are used together; one with a default counts before one without."""
    declared: dict[str, Mapping[str, Any]] = {}
    for template in found:
        for name, argument in arguments(template).items():
            if name not in declared or not has_default(declared[name]):
                declared[name] = argument
    return declared


def _companies(given: Given, template: Manifest, found: list[Use]) -> list[tuple[Manifest, ...]]:
    """The sets of templates that one is used in; with those it names, when no Rollout uses it. None that is not whole."""
    used = [use for use in found if template in use.templates]
    if used:
        return [use.templates for use in used if not use.missing]
    others, missing = resolve(given, template, list(template.list("spec", "templates")))
    return [] if missing else [(template, *(each for each in others if each is not template))]


def _undeclared(template: Manifest, companies: list[tuple[Manifest, ...]]) -> Iterator[Finding]:
    for metric in metrics(template):
        for name in sorted(used_arguments(metric.fields)):
            if any(name not in _declared(company) for company in companies):
                yield template.finding(
                    rules.UNDECLARED, f'metric "{metric.name}" uses args.{name}', *metric.path
                )


def _matchers(template: Manifest, companies: list[tuple[Manifest, ...]]) -> Iterator[Finding]:
    for field in _MATCHERS:
        for at, entry in enumerate(template.list("spec", field)):
            pattern = text(mapping(entry).get("metricName"))
            for company in companies:
                if not any(is_matched(pattern, metric.name) for each in company for metric in metrics(each)):
                    yield template.finding(
                        rules.MATCHES_NO_METRIC,
                        f'{field}: "{pattern}" is the name of no metric',
                        "spec",
                        field,
                        at,
                    )
                    break
