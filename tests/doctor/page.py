"""docs/doctor.md is made of what the doctor knows of. `python -m tests.doctor.page` writes it anew."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from rollouts_router.doctor.ailments import gitops, install, rollouts, routes, scaling
from rollouts_router.doctor.ailments.model import Ailment

PAGE: Final = Path(__file__).parents[2] / "docs" / "doctor.md"
_HEAD: Final = """\
# `rollouts-router doctor`

Tells whether canaries will work, and why not: the install, and each Rollout with its Services, routes, gateways and
what scales it. It only reads, so it can be run at any time and by anybody; what you may not read, it says.

```console
$ rollouts-router doctor                 # the install, and Rollouts of the current namespace that use the plugin
$ rollouts-router doctor shop/web        # one of them
$ rollouts-router doctor -A --quiet      # all of the cluster, without what is well
```

The credentials are those of kubectl: `--kubeconfig` or `KUBECONFIG`, `--context`; in a pod its service account.

| option | default | meaning |
|---|---|---|
| `NAMESPACE[/ROLLOUT] ...` | the current namespace | what to look at |
| `-A`, `--all-namespaces` | | all Rollouts of the cluster that use the plugin |
| `-n`, `--namespace` | the context's | the current namespace |
| `--controller-namespace` | `argo-rollouts` | where the Argo Rollouts controller is |
| `--as-service-account NAMESPACE/NAME` | that of the controller's Deployment | whose rights to look at |
| `-o`, `--output` | `text` | `text`, `json` or `sarif` |
| `-q`, `--quiet` | | leave out what is well |
| `--fail-on` | `error` | from which severity on the exit status is 1: `error`, `warning`, `note`, `never` |
| `--skip CODES` | | leave out findings of these codes, separated by commas; may be repeated |
| `--timeout SECONDS` | 60 | for all of it |

| exit status | |
|---|---|
| 0 | nothing was found that is as bad as `--fail-on` |
| 1 | something was |
| 2 | it could not be looked: the command line cannot be used, or the cluster is not to be had |

In the text, `✓` is a check that found nothing, `✗`, `‼` and `·` one with errors, warnings or notes, and `?` one that could
not begin to look, because of something that another one tells.

```json
{"findings": [{"code": "RR210", "severity": "error", "title": "...", "sentence": "...", "remedy": "...",
               "object": {"kind": "Service", "namespace": "shop", "name": "web-canary"}, "file": null, "line": null}],
 "summary": {"error": 1, "warning": 0, "note": 0}}
```

Of a Rollout's block and steps it also tells what needs no cluster to be seen, in the words of
[`rollouts-router lint`](lint.md): RR701 to RR712 and RR723.

A code never changes its meaning. Rights are asked for by SubjectAccessReviews of the controller's service account; who may
not create those is told what he may do himself ([RR122](#rr122)). Which rights a check of the doctor itself takes:
`get` and `list` on what it looks at; the built-in ClusterRole `view`, with `get` and `list` on Rollouts, routes, Gateways,
ReferenceGrants, ScaledObjects and CRDs, is enough.

Not looked at: whether Secrets exist that analysis templates refer to, what traffic does, and whether a gateway's proxies
have what its controller reports.
"""
_PARTS: Final[Sequence[tuple[str, Sequence[Ailment]]]] = (
    ("The install", install.ALL),
    ("Rollouts, their Services and steps", rollouts.ALL),
    ("Routes", routes.ALL),
    ("Scaling", scaling.ALL),
    ("GitOps", gitops.ALL),
)


def page() -> str:
    """The whole page; ends with a newline."""
    return "\n".join([_HEAD, *_overview(), *(line for part in _PARTS for line in _part(*part))])


def _overview() -> Iterator[str]:
    yield "| code | | what is wrong |"
    yield "|---|---|---|"
    for _, ailments in _PARTS:
        for each in ailments:
            rule = each.rule
            yield f"| [{rule.code}](#{rule.code.lower()}) | {rule.severity.value} | {rule.title} |"
    yield ""


def _part(title: str, ailments: Sequence[Ailment]) -> Iterator[str]:
    yield f"## {title}"
    yield ""
    for each in ailments:
        rule = each.rule
        yield f"### {rule.code}"
        yield ""
        yield f"**{rule.title[:1].upper()}{rule.title[1:]}** ({rule.severity.value})."
        yield f"{each.cause} *What to do:* {rule.remedy}"
        yield ""


if __name__ == "__main__":
    PAGE.write_text(page())
