"""The environment of the flush and of every program that it starts: only what they need.

A project's settings may set variables for the hook, and some make git or ssh run a program (``GIT_SSH_COMMAND``).
"""

import os
from collections.abc import Mapping

KEPT = frozenset(
    {
        # Who the user is, and where git, ssh and the hook keep their files.
        *("HOME", "USER", "LOGNAME", "PATH", "TMPDIR", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "CLAUDE_CONFIG_DIR"),
        # How file names are encoded.
        *("LANG", "LC_ALL", "LC_CTYPE"),
        # Which user configuration git reads, and which git macOS runs.
        *("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "DEVELOPER_DIR"),
        # How the ledger is reached, and which certificates are trusted.
        *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
        # What Windows needs to start a program and to find the user's folders.
        *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "TEMP", "TMP", "USERNAME", "USERPROFILE"),
        *("HOMEDRIVE", "HOMEPATH", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA"),
    }
)


def kept(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of ``environment`` to keep. ``PATH`` loses relative folders: the current one may be
    hostile."""
    found = {name: value for name, value in environment.items() if name in KEPT}
    folders = found.get("PATH", os.defpath).split(os.pathsep)
    return found | {"PATH": os.pathsep.join(folder for folder in folders if os.path.isabs(folder))}


def isolate() -> None:
    """Remove all other variables from this process's environment."""
    clean = kept(os.environ)
    os.environ.clear()
    os.environ.update(clean)
