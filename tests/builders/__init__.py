"""Builders of test data and test environments: machines, repositories, hook events, telemetry."""
