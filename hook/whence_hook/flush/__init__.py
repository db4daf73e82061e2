"""Send what was recorded: records become activities, spans and a metric, and are exported.

Imports: whence_contract, machine, record.
"""
