"""``python -I -m whence_hook.flush``: what ``record`` starts at the end of a turn, and what older versions started."""

from whence_hook.flush.flush import main

main()
