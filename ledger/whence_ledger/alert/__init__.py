"""Alerts: rules, what they find, which are firing, and who is notified.

Imports: whence_contract.
"""
