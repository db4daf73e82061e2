"""HTTP: the API, the server that puts receiver, API and dashboard on one port.

Imports: whence_contract, model, store, access, ingest, alert, dashboard.
"""
