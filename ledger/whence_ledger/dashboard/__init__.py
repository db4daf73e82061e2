"""The dashboard: filters, tabs and drawers, drawn by NiceGUI from the store's answers.

Imports: whence_contract, model, store, access, alert.
"""
