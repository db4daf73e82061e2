"""The hook command: ``python -I -S /…/whence_hook``, one process per hook event, the event on standard input.

``-S`` skips site-packages, which the hot path does not need; running the folder instead of a file lets Python use the
compiled modules in it.
"""

import os
import sys

if __name__ == "__main__":
    # Neither the caller's path nor the folder itself: only the package beside this file.
    sys.path[:] = [os.path.dirname(os.path.dirname(os.path.abspath(__file__))), *sys.path[1:]]
    from whence_hook.record import main

    main()
