"""The installer: adds the hook and telemetry to Claude Code's settings, removes them, and checks the installation.

Imports: whence_contract, whence_client, whence_hook.
"""
