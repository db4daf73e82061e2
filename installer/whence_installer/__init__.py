"""The installer: the ``whence`` command, Claude Code's settings, and the doctor."""
