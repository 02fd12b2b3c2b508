"""What the router says in the log and in Events: one line a change, each warning once, nothing for an unchanged reconcile."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from rollouts_router.core.advice import lost_in_mid_steps
from rollouts_router.core.config import PLUGIN_NAME, PluginConfig
from rollouts_router.core.events import Occurrence, Reason
from rollouts_router.core.model import Rollout
from rollouts_router.core.notices import Notices
from rollouts_router.core.routes import RouteKey
from rollouts_router.core.selection import Selection
from rollouts_router.core.weights import Split
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


class Bulletin(Protocol):
    """Takes what people should find on the Rollout itself."""

    def add(self, occurrence: Occurrence) -> None:
        """To be posted with the next `post`."""

    async def post(self) -> None:
        """Post what was added. It fails nobody and takes a second at most."""


class WeightMeter(Protocol):
    """Takes notice of weights."""

    def weights_set(self, namespace: str, rollout: str, canary: int, stable: int) -> None:
        """All routes of a Rollout carry these weights, in units of its maxTrafficWeight."""


class Reports:
    """Says what is new about each Rollout: in the log, to operators also in Events, and its weights to a meter."""

    def __init__(
        self,
        log: Log,
        notices: Notices,
        *,
        bulletin: Bulletin | None = None,
        meter: WeightMeter | None = None,
    ) -> None:
        """Without a bulletin there are no Events, without a meter nobody counts."""
        self._log = log
        self._notices = notices
        self._bulletin = bulletin
        self._meter = meter

    async def post(self) -> None:
        """Post the Events of what was reported since the last time."""
        if self._bulletin is not None:
            await self._bulletin.post()

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

    def weighed(self, rollout: Rollout, split: Split) -> None:
        """All routes carry these weights."""
        if self._meter is not None:
            self._meter.weights_set(rollout.namespace, rollout.name, split.canary, split.stable)

    def swept(self, rollout: Rollout, progress: Progress) -> None:
        """Each route that the Rollout controls no more and that was let go of."""
        for key in progress.changed:
            self._alarm(
                rollout,
                Reason.RELEASED,
                f"{key} is no route of this Rollout any more: the canary's share was taken back, and nothing of the"
                " Rollout is left in it",
            )
        for sentence in progress.released:
            self._log.warning(sentence, rollout=_name(rollout))

    def not_swept(self, rollout: Rollout, reasons: Iterable[str]) -> None:
        """Among which routes nobody looked for those that the Rollout controls no more."""
        for reason in reasons:
            self._log.debug("routes that were left are not looked for", rollout=_name(rollout), reason=reason)

    def step(self, rollout: Rollout, name: str, warnings: Iterable[str]) -> None:
        """Why a header or mirror step has no effect, on some routes or at all, each sentence once."""
        self._alarms(f"step {name}", rollout, Reason.STEP_WITHOUT_EFFECT, warnings)

    def unchecked(self, rollout: Rollout, name: str, doubts: Sequence[str]) -> None:
        """Why nobody knows whether the gateways can do what a step asks; once for as long as that stays so."""
        if doubts:
            told = f"{name}: whether the gateways can do this could not be checked: {'; '.join(doubts)}"
            self._alarms(f"doubts {name}", rollout, Reason.STEP_UNCHECKED, [told])

    def removal(self, rollout: Rollout, warnings: Iterable[str], *, is_lost: bool) -> None:
        """What somebody should know about a removal of managed routes; that it comes in mid-steps, when it does."""
        self._news("removal", rollout, warnings, self._log.warning)
        lost = [lost_in_mid_steps(rollout)] if is_lost else []
        self._alarms("loss", rollout, Reason.ROUTES_REMOVED, lost)

    def unverified(self, rollout: Rollout, reasons: Sequence[str]) -> None:
        """Why the weights are not live yet, each reason once."""
        self._news("unverified", rollout, reasons, self._log.info)

    def doubtful(self, rollout: Rollout, sentences: Sequence[str]) -> None:
        """What keeps a verification from being one for the moment; each sentence once."""
        self._news("doubtful", rollout, sentences, self._log.warning)

    def overdue(self, rollout: Rollout, sentences: Sequence[str]) -> None:
        """What ends a verification without a result, or holds the Rollout; each sentence once."""
        self._alarms("overdue", rollout, Reason.UNVERIFIED, sentences)

    def overwritten(self, rollout: Rollout, sentences: Sequence[str]) -> None:
        """Which routes somebody else gave other weights, once each time."""
        self._alarms("overwritten", rollout, Reason.OVERWRITTEN, sentences)

    def not_removed(self, rollout: Rollout, sentences: Iterable[str]) -> None:
        """Why managed routes are still there, each reason once."""
        left = [f"managed routes are left: {each}" for each in sentences]
        self._alarms("not removed", rollout, Reason.ROUTES_LEFT, left)

    def left_behind(self, rollout: Rollout, sentences: Iterable[str]) -> None:
        """Which routes do not follow an abort while others do, each reason once."""
        left = [f"the abort goes on without a route: {each}" for each in sentences]
        self._alarms("left behind", rollout, Reason.ABORT_INCOMPLETE, left)

    def _alarms(self, topic: str, rollout: Rollout, reason: Reason, sentences: Iterable[str]) -> None:
        for sentence in self._notices.news(f"{topic} of {rollout}", sentences):
            self._alarm(rollout, reason, sentence)

    def _alarm(self, rollout: Rollout, reason: Reason, sentence: str) -> None:
        self._log.warning(sentence, rollout=_name(rollout))
        self._post_later(Occurrence(rollout, reason, sentence))

    def tell(self, rollout: Rollout, reason: str, sentence: str, *, is_warning: bool) -> None:
        """What an Event on the Rollout says as well, with its reason in one word."""
        say = self._log.warning if is_warning else self._log.info
        say(sentence, rollout=_name(rollout), reason=reason)
        self._post_later(Occurrence(rollout, reason, sentence, is_warning))

    def _post_later(self, occurrence: Occurrence) -> None:
        if self._bulletin is not None:
            self._bulletin.add(occurrence)

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
