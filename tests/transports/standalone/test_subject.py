"""Subjects of certificates."""

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from tests.transports.standalone.certificates import CN, O, name_of

from rollouts_router.transports.standalone.subject import Subject, subject

CASES = [
    ("CN=alice", Subject(("alice",), ())),
    ("O=ops,O=devs,CN=alice", Subject(("alice",), ("devs", "ops"))),
    ("O=ops+O=devs+CN=alice", Subject(("alice",), ("devs", "ops"))),
    (r"CN=alice\,O=system:masters", Subject(("alice,O=system:masters",), ())),
    (r"CN=a\+O=b\\", Subject(("a+O=b\\",), ())),
    (r"CN=\C3\B6", Subject(("ö",), ())),
    (r"CN=\#a\ ", Subject(("#a ",), ())),
    ("CN=bob,CN=alice", Subject(("alice", "bob"), ())),
    ("CN=#0403414243", Subject((), ())),
    ("OU=x,1.2.3.4=#0500,CN=alice", Subject(("alice",), ())),
    ("CN=", Subject(("",), ())),
    ("CN=a=b", Subject(("a=b",), ())),
    ("", Subject((), ())),
]


@pytest.mark.parametrize(("text", "wanted"), CASES)
def test_names_and_organizations_are_found_in_the_certificate_s_order(text: str, wanted: Subject) -> None:
    assert subject(text) == wanted


@pytest.mark.parametrize("text", ["CN", "=x", "CN=a,", ",", r"CN=\ff"])
def test_what_is_no_subject_or_no_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        subject(text)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([CN, O, NameOID.ORGANIZATIONAL_UNIT_NAME]),
            st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=20),
        ),
        max_size=5,
    )
)
def test_whatever_is_in_a_name_nothing_becomes_of_it_but_a_part_of_it(
    attributes: list[tuple[x509.ObjectIdentifier, str]],
) -> None:
    """Escaped by another's code; no text in one attribute makes another one."""
    found = subject(name_of(attributes).rfc4514_string())

    assert list(found.common_names) == [value for oid, value in attributes if oid == CN]
    assert list(found.organizations) == [value for oid, value in attributes if oid == O]
