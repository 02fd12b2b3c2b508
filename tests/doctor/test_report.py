"""What people read: a line for each check, what it found below it, and the number of findings at the end."""

from rollouts_router.doctor.ailments import install, rollouts
from rollouts_router.doctor.judging import Checked, Group, findings_of, without
from rollouts_router.doctor.report import render
from rollouts_router.findings.model import Finding, Place
from rollouts_router.lint.rules.steps import GOES_DOWN

PLACE = Place(kind="Service", namespace="shop", name="web")
MISSING = rollouts.NO_SERVICE.at(PLACE, "it does not exist")
OTHER = rollouts.NO_SERVICE.at(Place(kind="Service", namespace="shop", name="api"), "nor does it")
NOTE = install.FOREIGN_CRD.at(Place(kind="CustomResourceDefinition", name="x"), "no annotation")
GROUPS = (
    Group("install", (Checked("all is well", ()), Checked("its CRDs", (NOTE,)))),
    Group("Rollout shop/web", (Checked("Services", (MISSING, OTHER)), Checked("routes", None))),
)


def test_each_check_has_a_line_and_findings_of_one_rule_share_their_remedy() -> None:
    assert render(GROUPS, quiet=False).splitlines() == [
        "install",
        "  ✓ all is well",
        "  · its CRDs",
        "      note RR133: CustomResourceDefinition x: no annotation",
        "        Nothing, if your provider maintains it.",
        "        docs/doctor.md#rr133",
        "",
        "Rollout shop/web",
        "  ✗ Services",
        "      error RR210: Service shop/web: it does not exist",
        "      error RR210: Service shop/api: nor does it",
        "        Create it, or correct stableService or canaryService.",
        "        docs/doctor.md#rr210",
        "  ? routes",
        "",
        "2 errors, 1 note",
    ]


def test_quiet_leaves_out_what_is_well_and_groups_without_findings() -> None:
    shown = render((Group("install", (Checked("all is well", ()),)), GROUPS[1]), quiet=True)
    assert "install" not in shown
    assert "✓" not in shown
    assert "? routes" not in shown
    assert "✗ Services" in shown


def test_what_was_looked_at_is_named_a_few_at_least() -> None:
    routes = tuple(f"HTTPRoute shop/{name}" for name in "abcdefg")
    shown = render(
        (Group("g", (Checked("it has routes", (), routes), Checked("t", (), ("x",)))),), quiet=False
    )
    assert "  ✓ it has routes: HTTPRoute shop/a, HTTPRoute shop/b, HTTPRoute shop/c," in shown
    assert "HTTPRoute shop/e, and 2 more\n  ✓ t: x\n" in shown


def test_a_clean_look_says_so() -> None:
    assert render((Group("install", (Checked("all is well", ()),)),), quiet=True) == "nothing found\n"


def test_what_lint_knows_is_explained_on_its_page() -> None:
    found = Finding(rule=GOES_DOWN, place=PLACE, sentence="it goes down")
    assert "        docs/lint.md\n" in render((Group("g", (Checked("steps", (found,)),)),), quiet=False)


def test_names_of_others_cannot_move_the_cursor() -> None:
    odd = rollouts.NO_SERVICE.at(Place(kind="Service", name="a\x1b[2Jb"), "x\ny" + "z" * 3000)
    shown = render((Group("g\r", (Checked("t", (odd,)),)),), quiet=False)
    assert "\x1b" not in shown
    assert "\r" not in shown
    assert "x�yzz" in shown
    assert len(shown) < 3000


def test_codes_can_be_left_out_and_a_finding_of_several_checks_counts_once() -> None:
    twice = (*GROUPS, Group("again", (Checked("Services", (MISSING,)),)))
    assert findings_of(twice) == (NOTE, MISSING, OTHER)
    assert findings_of(without(twice, {"RR210"})) == (NOTE,)
