"""The headers of Claude Code's own telemetry, as its setting ``otelHeadersHelper`` asks for them: a JSON object.

So the token is only in the hook's configuration, not in settings that are shared, displayed, and passed on in the
environment. https://docs.anthropic.com/en/docs/claude-code/monitoring-usage ("Dynamic headers")
"""

import json

from whence_contract.address import PlainHTTPError, authorization
from whence_hook.machine.config import load_config
from whence_hook.machine.error import HookError
from whence_hook.machine.log import log


def main() -> None:
    """Print the headers; none if the token may not be sent or the configuration cannot be read (``doctor`` reports
    it)."""
    headers: dict[str, str] = {}
    try:
        config = load_config()
        headers = authorization(config.endpoint, config.token, config.plain_http)
    except (HookError, PlainHTTPError) as error:
        log(f"headers: {error}")
    print(json.dumps(headers))


if __name__ == "__main__":
    main()
