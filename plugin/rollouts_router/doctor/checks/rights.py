"""RR120 to RR122: what the router may do. Which rights a Rollout needs is told here; who has them is asked elsewhere."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rollouts_router.core.kinds import GROUP, RouteKind
from rollouts_router.core.routes import KubeObject
from rollouts_router.core.untyped import items, mapping
from rollouts_router.doctor.ailments import install as ail
from rollouts_router.doctor.facts import Maybe, Refused, Rights, Routing, Unread
from rollouts_router.doctor.rights import OPTIONAL, RIGHTS, Purpose, Right, rights_for
from rollouts_router.findings.model import Finding, Place
from rollouts_router.settings import KedaMode


def needed(routing: Routing, manifest: KubeObject, default: KedaMode) -> Iterator[tuple[Right, str]]:
    """The rights that a Rollout needs, each with its namespace; those for Events come with any.

    `default` is what the plugin's flag gives it, when it says nothing of KEDA.
    """
    config, home = routing.config, routing.rollout.namespace
    for source in config.sources:
        named = (Purpose.NAMED,) if source.named else ()
        selected = (Purpose.SELECTED,) if source.selector else ()
        for right in _of_kind(source.kind, Purpose.WRITTEN, *named, *selected):
            yield right, config.namespace
    yield from _with(home, Purpose.EVENTS)
    steps = steps_of(manifest)
    if any("experiment" in step for step in steps):
        yield from _with(home, Purpose.EXPERIMENTS)
    if any("setMirrorRoute" in step for step in steps):
        yield from _with(config.namespace, Purpose.MIRRORS)
    if config.namespace != home:
        yield from _with(home, Purpose.GRANTS)
    if config.keda is not None or default is not KedaMode.OFF:
        yield from _with(home, Purpose.SCALED, Purpose.SCALER_RELEASE)


def of_kinds(kinds: Iterable[RouteKind], namespaces: Iterable[str]) -> Iterator[tuple[Right, str]]:
    """What is needed for any Rollout: for who looks before there is one."""
    wanted = {kind.plural for kind in kinds}
    for namespace in namespaces:
        for right in RIGHTS:
            if right.group == GROUP and right.resource in wanted:
                yield right, namespace


def steps_of(manifest: KubeObject) -> tuple[KubeObject, ...]:
    """The canary's steps."""
    canary = mapping(mapping(mapping(manifest.get("spec")).get("strategy")).get("canary"))
    return tuple(mapping(each) for each in items(canary.get("steps")))


def rights(answer: Maybe[Rights]) -> Iterator[Finding]:
    """What is missing."""
    if isinstance(answer, Unread):
        yield ail.UNREAD.at(Place(kind="SelfSubjectAccessReview"), answer.why)
        return
    place = _place(answer)
    if answer.own:
        yield ail.OWN_RIGHTS.at(place, answer.own)
    for (_, namespace), refused in _together(answer.refused).items():
        rights = [each.right for each in refused]
        is_optional = all(each.purpose in OPTIONAL for each in rights)
        ailment = ail.LACKS_OPTIONAL_RIGHT if is_optional else ail.LACKS_RIGHT
        yield ailment.at(place, _sentence(rights, namespace))


def _place(answer: Rights) -> Place:
    namespace, _, name = answer.subject.partition("/")
    if answer.own or not name:
        return Place(kind="User", name=answer.subject)
    return Place(kind="ServiceAccount", namespace=namespace, name=name)


def _together(refused: Iterable[Refused]) -> Mapping[tuple[str, str], list[Refused]]:
    """By resource and namespace: all that is missing there is one rule of one role."""
    found: dict[tuple[str, str], list[Refused]] = {}
    for each in refused:
        found.setdefault((f"{each.right.resource}.{each.right.group}", each.namespace), []).append(each)
    return found


def _sentence(rights: Sequence[Right], namespace: str) -> str:
    where = f"in namespace {namespace}" if namespace else "in the whole cluster"
    verbs, first = [each.verb for each in rights], rights[0]
    what = f"{first.resource}.{first.group}" if first.group else first.resource
    why = "; ".join(dict.fromkeys(each.purpose.value for each in rights))
    listed = ", ".join(f'"{each}"' for each in verbs)
    rule = f'{{apiGroups: ["{first.group}"], resources: ["{first.resource}"], verbs: [{listed}]}}'
    return f"it may not {' or '.join(verbs)} {what} {where}; that is for {why}. The rule: {rule}"


def _of_kind(kind: RouteKind, *purposes: Purpose) -> Iterator[Right]:
    yield from (right for right in rights_for(*purposes) if right.resource == kind.plural)


def _with(namespace: str, *purposes: Purpose) -> Iterator[tuple[Right, str]]:
    yield from ((right, namespace) for right in rights_for(*purposes))
