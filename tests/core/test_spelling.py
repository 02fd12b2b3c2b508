"""Field names in whatever case, and what was perhaps meant."""

from rollouts_router.core.spelling import Spelling

SPELLING = Spelling(("fieldOne", "inner", "byName"), with_data_keys=("byName",))


def test_fields_are_spelled_as_documented_at_any_depth_and_null_is_absent() -> None:
    given = {"FIELDONE": [{"Inner": None}, {"INNER": 1}], "Other": {"fieldone": 2}}

    assert SPELLING.correct(given) == {"fieldOne": [{}, {"inner": 1}], "Other": {"fieldOne": 2}}


def test_keys_that_are_data_keep_their_case_and_what_they_lead_to_does_not() -> None:
    assert SPELLING.correct({"BYNAME": {"INNER": {"INNER": 1}}}) == {"byName": {"INNER": {"inner": 1}}}
    assert SPELLING.correct({"byName": 5}) == {"byName": 5}


def test_of_two_spellings_the_later_counts() -> None:
    assert SPELLING.correct({"inner": 1, "Inner": 2}) == {"inner": 2}


def test_what_is_not_known_is_told_in_order_with_what_is_near() -> None:
    assert list(SPELLING.unknown("at.", ["zzz", "inner", "colour", "filedOne"], ["fieldOne", "inner"])) == [
        'unknown key "at.colour" is ignored',
        'unknown key "at.filedOne" is ignored, did you mean "at.fieldOne"?',
        'unknown key "at.zzz" is ignored',
    ]
