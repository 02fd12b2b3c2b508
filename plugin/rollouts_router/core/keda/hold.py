"""What is done about a ScaledObject in each state of its hold: one merge patch, or nothing.

Only the annotations of `scaled.KEYS`, the record and its label are ever written. Every write goes towards more
capacity, or back to what was there; a crash between any two requests costs money, never pods. Source: docs/keda.md.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from rollouts_router.core.keda.news import Reason, Told
from rollouts_router.core.keda.record import HOLD, End, Record, moment, read_record, write_record
from rollouts_router.core.keda.scaled import FORCE_ACTIVATION, PAUSED_SCALE_IN
from rollouts_router.core.keda.states import MAX_REASSERTS, Case, State, state_of

_TRUE: Final = "true"
_MEANING: Final = {
    FORCE_ACTIVATION: "is kept from zero while the canary lasts",
    PAUSED_SCALE_IN: "does not shrink while the canary lasts",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is done.

    Attributes:
        state: Why.
        document: The merge patch (RFC 7386), which holds only for the resourceVersion that was looked at; None: nothing.
        told: What to tell once it is done.
        acquires: Annotations that it writes anew, for which KEDA has to be new enough.
    """

    state: State
    document: Mapping[str, object] | None = None
    told: tuple[Told, ...] = ()
    acquires: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """The record as it shall be, None: none; and values of annotations, None: none."""

    record: Record | None
    values: Mapping[str, str | None]
    told: tuple[Told, ...] = ()
    acquires: frozenset[str] = frozenset()


def decide(case: Case) -> Decision:
    """What is done about the object of this case. After it is done, the next decision is to do nothing, or one step on."""
    state = state_of(case)
    if state is State.UNREADABLE:
        return Decision(state=state, told=(_bad_record(case),))
    record = read_record(case.scaled)
    change = None if isinstance(record, str) else _CHANGES[state](case, record)
    if change is None:
        return Decision(state=state)
    return Decision(state=state, document=_document(case, change), told=change.told, acquires=change.acquires)


def _nothing(_case: Case, _record: Record | None) -> _Change | None:
    return None


def _acquire(case: Case, _record: Record | None) -> _Change | None:
    rollout = case.rollout
    if rollout is None:
        return None
    return _extend(
        case,
        Record(
            rollout=rollout.name,
            uid=rollout.uid,
            hash=rollout.current_hash,
            wrote={},
            prior={},
            at=moment(case.now),
        ),
        {},
    )


def _keep(case: Case, record: Record | None) -> _Change | None:
    """Follow the configuration and the user: let go of what is not asked for or is his, add what is asked for now."""
    if record is None:
        return None
    dropped = (record.wrote.keys() - case.wishes) | case.taken_over(record)
    kept = _without(_named(case, record), dropped)
    change = _extend(case, kept, _restored(case, record, record.wrote.keys() - case.wishes))
    if change.record is not None and change.record.wrote:
        return change
    return _Change(record=None, values=change.values, told=(_released(case, change.values),))


def _reassert(case: Case, record: Record | None) -> _Change | None:
    if record is None:
        return None
    keys = case.taken_back(record) & case.wishes
    kept = _without(_named(case, record), case.taken_over(record))
    return _Change(
        record=msgspec.structs.replace(
            kept,
            # What somebody put there meanwhile is what he wants to find there in the end.
            prior=kept.prior | {key: case.present(key) for key in keys},
            reasserts=record.reasserts + 1,
            last=moment(case.now),
        ),
        values=dict.fromkeys(keys, _TRUE),
        told=(
            Told(
                Reason.REASSERTED,
                f"{case.scaled}: somebody took {_listed(keys)} back in mid-canary; written again"
                f" ({record.reasserts + 1} of {MAX_REASSERTS})",
            ),
        ),
    )


def _give_up(case: Case, record: Record | None) -> _Change | None:
    if record is None:
        return None
    lost = case.taken_back(record)
    kept = _without(record, lost | case.taken_over(record))
    sentence = (
        f"{case.scaled}: {_listed(lost)} was taken back again after {MAX_REASSERTS} times; it stays as it is until the"
        " canary is over. See metadata.managedFields for who writes it, and leave the annotation out of Git"
    )
    return _Change(
        record=msgspec.structs.replace(kept, end=End.GAVE_UP),
        values={},
        told=(Told(Reason.GAVE_UP, sentence),),
    )


def _expire(case: Case, record: Record | None) -> _Change | None:
    if record is None:
        return None
    sentence = f"{case.scaled}: keda.maxHoldSeconds is over and the canary is not; it is held no longer"
    return _Change(
        record=msgspec.structs.replace(_without(record, record.wrote), end=End.EXPIRED),
        values=_restored(case, record, record.wrote),
        told=(Told(Reason.HOLD_EXPIRED, sentence),),
    )


def _rest(_case: Case, record: Record | None) -> _Change | None:
    """The record as it is, with its label; no label without one."""
    return _Change(record=record, values={})


def _adopt(case: Case, record: Record | None) -> _Change | None:
    if record is None or case.rollout is None:
        return None
    adopted = msgspec.structs.replace(
        _named(case, record), at=moment(case.now), last=None, reasserts=0, end=None
    )
    sentence = (
        f"{case.scaled}: the hold of a former {case.rollout} is taken over, with what it has to put back"
    )
    return _Change(record=adopted, values={}, told=(Told(Reason.ADOPTED, sentence),))


def _release(case: Case, record: Record | None) -> _Change | None:
    if record is None:
        return None
    back = _restored(case, record, record.wrote)
    return _Change(record=None, values=back, told=(_released(case, back),))


_CHANGES: Final[Mapping[State, Callable[[Case, Record | None], _Change | None]]] = {
    State.IDLE: _rest,
    State.ACQUIRE: _acquire,
    State.HELD: _keep,
    State.CONTESTED: _reassert,
    State.LOST: _give_up,
    State.EXPIRED: _expire,
    State.RESTING: _rest,
    State.ADOPT: _adopt,
    State.WAITING: _nothing,
    State.RELEASE: _release,
}


def _extend(case: Case, record: Record, values: Mapping[str, str | None]) -> _Change:
    """Write what is asked for and not there, and note what it replaces."""
    keys = case.missing(record)
    told = [Told(Reason.HELD, f"{case.scaled} {_MEANING[key]} ({key})") for key in sorted(keys)]
    extended = msgspec.structs.replace(
        record,
        wrote=record.wrote | dict.fromkeys(keys, _TRUE),
        prior=record.prior | {key: case.present(key) for key in keys},
    )
    return _Change(
        record=extended, values={**values, **dict.fromkeys(keys, _TRUE)}, told=tuple(told), acquires=keys
    )


def _named(case: Case, record: Record) -> Record:
    """The record in the name of the Rollout and revision of this moment."""
    rollout = case.rollout
    if rollout is None:
        return record
    return msgspec.structs.replace(
        record, rollout=rollout.name, uid=rollout.uid or record.uid, hash=rollout.current_hash
    )


def _without(record: Record, keys: Collection[str]) -> Record:
    return msgspec.structs.replace(
        record,
        wrote={key: value for key, value in record.wrote.items() if key not in keys},
        prior={key: value for key, value in record.prior.items() if key not in keys},
    )


def _restored(case: Case, record: Record, keys: Collection[str]) -> dict[str, str | None]:
    """What was there before, for those of our values that nobody has touched since."""
    return {key: record.prior[key] for key in keys if case.present(key) == record.wrote[key]}


def _document(case: Case, change: _Change) -> Mapping[str, object] | None:
    scaled = case.scaled
    annotations = {**change.values, HOLD: write_record(change.record) if change.record else None}
    labels = {HOLD: _TRUE if change.record else None}
    metadata: dict[str, object] = {}
    if news := _differing(labels, scaled.labels):
        metadata["labels"] = news
    if news := _differing(annotations, scaled.annotations):
        metadata["annotations"] = news
    if not metadata:
        return None
    return {"metadata": {"resourceVersion": scaled.resource_version, **metadata}}


def _differing(wanted: Mapping[str, str | None], present: Mapping[str, str]) -> dict[str, str | None]:
    return {key: value for key, value in wanted.items() if present.get(key) != value}


def _released(case: Case, values: Mapping[str, str | None]) -> Told:
    return Told(
        Reason.RELEASED, f"{case.scaled}: let go of; put back as before: {_listed(values) or 'nothing'}"
    )


def _bad_record(case: Case) -> Told:
    return Told(
        Reason.BAD_RECORD,
        f"{case.scaled}: the annotation {HOLD} cannot be read ({read_record(case.scaled)}); nothing is written or put"
        " back. Remove by hand, with the label of the same name, what a canary left there (docs/keda.md)",
    )


def _listed(keys: Collection[str]) -> str:
    return " and ".join(sorted(keys))
