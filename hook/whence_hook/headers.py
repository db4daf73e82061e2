"""The headers of Claude Code's own telemetry, as its setting ``otelHeadersHelper`` asks for them: a JSON object.

So the token stands in the hook's configuration only, not in settings that are shared, shown, and passed on in the
environment. https://docs.anthropic.com/en/docs/claude-code/monitoring-usage ("Dynamic headers")
"""

import json

from whence_hook.config import load_config
from whence_hook.error import HookError
from whence_hook.log import log


def main() -> None:
    """Print the headers; none where the configuration cannot be read, which ``whence doctor`` tells."""
    try:
        token = load_config().token
    except HookError as error:
        log(f"headers: {error}")
        token = None
    print(json.dumps({"Authorization": f"Bearer {token}"} if token else {}))


if __name__ == "__main__":
    main()
