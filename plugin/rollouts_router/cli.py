"""The command: the plugin, when the controller starts it; a few words for people, when they do.

On the plugin's way to its handshake line nothing is imported here that it does not need. What comes
after it, and what a subcommand needs, is imported where it begins.
"""

import gc
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import partial
from typing import Final

from rollouts_router import launch, settings
from rollouts_router.wire.handshake import COOKIE_KEY, Greeting, Refusal, decide

COMMANDS: Final = """
Commands for people, each with --help:

  rollouts-router doctor   whether canaries will work in a cluster, and why not
  rollouts-router why      what holds a Rollout up: which value broke which threshold, which route, which step
  rollouts-router lint     what would go wrong in silence, in files and rendered charts
  rollouts-router call     discover, plan, watch and change routes, by this command or through a server
  rollouts-router serve    serve the same over gRPC
  rollouts-router version
"""

REGISTRATION: Final = """
To register it, name it in the ConfigMap argo-rollouts-config of the controller's namespace:

  trafficRouterPlugins: |-
    - name: argoproj-labs/gatewayAPI
      location: file:///path/to/rollouts-router
"""


def main() -> int:
    """Run the command line of this process and return its exit status.

    As the plugin the process ends inside: see `_run_plugin`.
    """
    arguments = sys.argv[1:]
    command = _COMMANDS.get(arguments[0]) if arguments else None
    return command() if command else _plugin(arguments, os.environ)


def _version() -> int:
    from importlib.metadata import version  # noqa: PLC0415 - not on the way to the handshake line

    sys.stdout.write(f"{version('rollouts-router')}\n")
    return 0


def _call() -> int:
    # Read when the library is imported: its own lines are for its authors.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    from rollouts_router.client.run import call  # noqa: PLC0415 - the plugin does without

    return call(sys.argv[2:])


def _doctor() -> int:
    from rollouts_router.doctor.run import doctor  # noqa: PLC0415 - the plugin does without

    return doctor(sys.argv[2:])


def _serve() -> int:
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # or every bad handshake would be a line
    from rollouts_router.app.serving import serve  # noqa: PLC0415 - the plugin does without

    return serve(sys.argv[2:])


def _lint() -> int:
    from rollouts_router.lint.command import run  # noqa: PLC0415 - the plugin does without

    return run(sys.argv[2:])


def _why() -> int:
    from rollouts_router.why.run import why  # noqa: PLC0415 - the plugin does without

    return why(sys.argv[2:])


_COMMANDS: Final[Mapping[str, Callable[[], int]]] = {
    "call": _call,
    "doctor": _doctor,
    "lint": _lint,
    "serve": _serve,
    "version": _version,
    "why": _why,
}


def _plugin(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    try:
        chosen = settings.parse(arguments, environ)
    except (settings.UsageError, settings.HelpRequested) as told:
        return _tell(f"{told}{COMMANDS if COOKIE_KEY not in environ else ''}", told.exit_code)
    decision = decide(environ, chosen.protocol.value)
    if isinstance(decision, Refusal):
        by_hand = COOKIE_KEY not in environ
        return _tell(f"{decision.sentence}\n{COMMANDS + REGISTRATION if by_hand else ''}", 1)
    return _run_plugin(chosen, decision, environ)


def _run_plugin(chosen: settings.Settings, greeting: Greeting, environ: Mapping[str, str]) -> int:
    """Greet the host and serve it; on success this does not return.

    The process ends here and now, without the interpreter's own tidying up: that would wait for threads
    that may hang, and takes a tenth of a second of the two that the host grants. Nothing is left to tidy:
    the socket's file is gone, log lines are not buffered.
    """
    gc.disable()  # a few hundred modules come in, and none of their objects goes; `app` turns it on again
    stdout = launch.silence_stdout()
    launch.settle_signals()
    try:
        serve = _serve_grpc if chosen.protocol is settings.Protocol.GRPC else _serve_netrpc
        status = serve(chosen, greeting, environ, stdout)
    except (launch.LaunchError, ImportError, OSError) as error:
        return _tell(f"[ERROR] rollouts-router cannot start: {error}\n", 1)
    os._exit(status)


def _serve_netrpc(
    chosen: settings.Settings, greeting: Greeting, environ: Mapping[str, str], stdout: int
) -> int:
    with launch.greeted(environ, greeting, stdout) as listener:
        from rollouts_router.app import process  # noqa: PLC0415 - after the handshake line

        return process.run(chosen, listener, partial(launch.remove_file, listener))


def _serve_grpc(
    chosen: settings.Settings, greeting: Greeting, environ: Mapping[str, str], stdout: int
) -> int:
    """The handshake line has to wait for the imports: gRPC makes the socket itself."""
    from rollouts_router.app import grpc_process  # noqa: PLC0415 - net/rpc does without

    with closing(launch.Door(environ, greeting, stdout)) as door:
        return grpc_process.run(chosen, door)


def _tell(text: str, status: int) -> int:
    sys.stderr.write(text)
    return status
