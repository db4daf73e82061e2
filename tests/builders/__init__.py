"""Builders of what tests work on: machines, repositories, hook events, telemetry."""
