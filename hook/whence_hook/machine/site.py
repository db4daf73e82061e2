"""The site: an administrator's setup for all users of this machine. Part of the hot path: standard library only.

The site's hook is registered with the argument ``SITE``. If there is a site, a user's own hook records nothing, so that
nothing is recorded twice.
"""

import os
import sys

SITE = "--site"
PLUGIN = "--plugin"
"""The argument of the hook in the Claude Code plugin, which does not include the dependencies of ``flush``."""


def site_directory() -> str:
    """Return the folder of the site's configuration, which only an administrator can write."""
    if sys.platform == "win32":
        # Not in ProgramData, where any user could create the folder first. Not from a variable, which a project's
        # settings could set. Claude Code names its own folder the same way.
        return r"C:\Program Files\whence"
    return "/Library/Application Support/whence" if sys.platform == "darwin" else "/etc/whence"


def site_config() -> str:
    """Return the path of the site's configuration file."""
    return os.path.join(site_directory(), "config.json")


def is_superseded() -> bool:
    """Return whether this is a user's own hook on a machine that has a site."""
    return SITE not in sys.argv and os.path.exists(site_config())
