"""What the router says in the log: one line a change, each warning once, nothing for an unchanged reconcile."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from rollouts_router.core.config import PLUGIN_NAME, PluginConfig
from rollouts_router.core.model import Rollout
from rollouts_router.core.notices import Notices
from rollouts_router.core.routes import RouteKey
from rollouts_router.core.selection import Selection
from rollouts_router.router.writes import Progress

_NAMES_SHOWN = 50  # in one line; the host cuts lines at 64 KiB


class Log(Protocol):
    """A structured log: a sentence, and what it is about."""

    def debug(self, event: str, /, **fields: object) -> None:
        """For someone who looks for a cause."""

    def info(self, event: str, /, **fields: object) -> None:
        """A change."""

    def warning(self, event: str, /, **fields: object) -> None:
        """Somebody should look at this."""

    def error(self, event: str, /, **fields: object) -> None:
        """Something does not work."""


class Reports:
    """Says what is new about each Rollout."""

    def __init__(self, log: Log, notices: Notices) -> None:
        self._log = log
        self._notices = notices

    def selected(self, rollout: Rollout, config: PluginConfig, selection: Selection) -> None:
        """Which routes the Rollout controls, when that changed; and each new warning."""
        keys = [task.plan.route.key for task in selection.tasks]
        self._news(
            "controls", rollout, [_controls(kind, names) for kind, names in _by_kind(keys)], self._log.info
        )
        self._news("warnings", rollout, [*config.hints, *selection.warnings()], self._log.warning)
        for aside in selection.asides():
            self._log.debug(aside, rollout=_name(rollout))

    def clamped(self, rollout: Rollout, desired: int, maximum: int, canary: int) -> None:
        """That a weight was out of range, once for each weight."""
        sentences = (
            [] if desired == canary else [f"weight {desired} is outside 0..{maximum}; {canary} is used"]
        )
        self._news("range", rollout, sentences, self._log.warning)

    def changed(self, rollout: Rollout, event: str, progress: Progress, **fields: object) -> None:
        """The one line of a change."""
        if progress.changed:
            routes = _listed(sorted(map(str, progress.changed)))
            self._log.info(event, rollout=_name(rollout), **fields, routes=routes)
        for sentence in progress.released:
            self._log.warning(sentence, rollout=_name(rollout))

    def swept(self, rollout: Rollout, progress: Progress) -> None:
        """Each route that the Rollout controls no more and that was let go of."""
        for key in progress.changed:
            self._log.warning(
                f"{key} is no route of this Rollout any more: the canary's share was taken back, and nothing of the"
                " Rollout is left in it",
                rollout=_name(rollout),
            )
        for sentence in progress.released:
            self._log.warning(sentence, rollout=_name(rollout))

    def not_swept(self, rollout: Rollout, reasons: Iterable[str]) -> None:
        """Among which routes nobody looked for those that the Rollout controls no more."""
        for reason in reasons:
            self._log.debug("routes that were left are not looked for", rollout=_name(rollout), reason=reason)

    def step(self, rollout: Rollout, name: str, warnings: Iterable[str]) -> None:
        """What somebody should know about a header or mirror step, each sentence once."""
        self._news(f"step {name}", rollout, warnings, self._log.warning)

    def unverified(self, rollout: Rollout, reasons: Sequence[str]) -> None:
        """Why the weights are not live yet, each reason once."""
        self._news("unverified", rollout, reasons, self._log.info)

    def doubtful(self, rollout: Rollout, sentences: Sequence[str]) -> None:
        """What keeps a verification from being one, or ends it without a result; each sentence once."""
        self._news("doubtful", rollout, sentences, self._log.warning)

    def overwritten(self, rollout: Rollout, sentences: Sequence[str]) -> None:
        """Which routes somebody else gave other weights, once each time."""
        self._news("overwritten", rollout, sentences, self._log.warning)

    def tell(self, rollout: Rollout, reason: str, sentence: str, *, is_warning: bool) -> None:
        """What an Event on the Rollout would say, with its reason in one word."""
        say = self._log.warning if is_warning else self._log.info
        say(sentence, rollout=_name(rollout), reason=reason)

    def _news(self, topic: str, rollout: Rollout, sentences: Iterable[str], say: "_Say") -> None:
        for sentence in self._notices.news(f"{topic} of {rollout}", sentences):
            say(sentence, rollout=_name(rollout))


class _Say(Protocol):
    def __call__(self, event: str, /, **fields: object) -> None: ...


def _name(rollout: Rollout) -> str:
    return f"{rollout.namespace}/{rollout.name}"


def _by_kind(keys: Sequence[RouteKey]) -> Iterable[tuple[str, list[str]]]:
    names: dict[str, list[str]] = {}
    for key in keys:
        names.setdefault(key.kind.name, []).append(key.name)
    return names.items()


def _controls(kind: str, names: list[str]) -> str:
    """Worded as by the existing plugin, whose users look for it."""
    return f'[SetWeight] plugin "{PLUGIN_NAME}" controls {kind}s: [{_listed(names)}]'


def _listed(names: list[str]) -> str:
    more = len(names) - _NAMES_SHOWN
    return " ".join(names[:_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
