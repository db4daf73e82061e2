"""The installer: registers hook and telemetry in Claude Code's settings, takes them out again, and the doctor.

Imports: whence_contract, whence_client, whence_hook.
"""
