"""The site: what an administrator set up for every user of this machine. Part of the hot path: standard library only.

A hook that is registered for the site carries ``SITE`` as an argument. Where there is a site, a user's own hook records
nothing, so that nothing is recorded twice.
"""

import os
import sys

SITE = "--site"
PLUGIN = "--plugin"
"""The argument of the hook in the Claude Code plugin, which comes without what a flush needs."""


def site_directory() -> str:
    """The folder of the site's configuration, which only an administrator can write."""
    if sys.platform == "win32":
        # Not in ProgramData, where every user may create a folder before an administrator does. Not by a variable,
        # which a project's settings may set. Claude Code names its own folder there like this.
        return r"C:\Program Files\whence"
    return "/Library/Application Support/whence" if sys.platform == "darwin" else "/etc/whence"


def site_config() -> str:
    """The site's configuration file."""
    return os.path.join(site_directory(), "config.json")


def is_superseded() -> bool:
    """True for a user's own hook on a machine that has a site."""
    return SITE not in sys.argv and os.path.exists(site_config())
