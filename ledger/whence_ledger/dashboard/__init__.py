"""The dashboard: filters, tabs, drawers, drawn by NiceGUI from what the store answers.

Imports: whence_contract, model, store, access, alert.
"""
