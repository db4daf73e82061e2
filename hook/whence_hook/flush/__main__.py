"""``python -I -m whence_hook.flush``: started by ``record`` at the end of a turn, and by older versions."""

from whence_hook.flush.flush import main

main()
