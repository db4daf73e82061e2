"""Send what was recorded: sum records into activities, and export them as spans and a metric.

Imports: whence_contract, machine, record.
"""
