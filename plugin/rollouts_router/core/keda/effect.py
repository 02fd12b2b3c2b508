"""Whether KEDA does what it was asked for. It is told, and nothing else follows from it."""

from rollouts_router.core.keda.news import Reason, Told
from rollouts_router.core.keda.record import Record, read_record
from rollouts_router.core.keda.scaled import FORCE_ACTIVATION
from rollouts_router.core.keda.states import Case

_PATIENCE_SECONDS = 15  # beyond two of KEDA's own rounds


def not_honoured(case: Case) -> Told | None:
    """That an object is not activated long after it should be; None while all is well, or it cannot be told."""
    record, scaled = read_record(case.scaled), case.scaled
    if not isinstance(record, Record) or FORCE_ACTIVATION not in record.wrote:
        return None
    patience = 2 * scaled.polling_seconds + _PATIENCE_SECONDS
    if scaled.is_active is not False or scaled.is_paused or not case.has_passed(record.at, patience):
        return None
    return Told(
        Reason.NOT_HONOURED,
        f"{scaled}: KEDA does not activate it although {FORCE_ACTIVATION} has been there for more than {patience} s;"
        " is it a release before 2.18, or is its operator not running?",
    )
