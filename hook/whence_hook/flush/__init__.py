"""Send the records: sum them into activities, and export these as spans and a metric.

Imports: whence_contract, machine, record.
"""
