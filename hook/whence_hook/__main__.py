"""The hook command: ``python -I -S /…/whence_hook/__main__.py``, one process per event, the event on standard input.

``-S`` skips site-packages, which the hot path does not need. Python compiles this file at every start, so it is short.
Running the folder instead would import runpy, which takes longer than everything else.
"""

import _signal  # type: ignore[import-not-found]  # signal without its enums
import os
import sys

if __name__ == "__main__":
    # The plugin's hook tries the installed Pythons; one that is too old must not read the event.
    if sys.version_info < (3, 11):  # noqa: UP036
        sys.exit(1)
    # Claude Code ends asynchronous hooks with the turn: ignore signals until this one has written its line.
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if hasattr(_signal, name):
            _signal.signal(getattr(_signal, name), _signal.SIG_IGN)
    # Import only the package beside this file, neither from the caller's path nor from this folder.
    sys.path[:] = [os.path.dirname(os.path.dirname(os.path.realpath(__file__))), *sys.path[1:]]
    from whence_hook.record.record import main

    main()
