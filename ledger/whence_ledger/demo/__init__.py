"""``whence demo``: a generated organization, loaded through the real receiver and classifier.

Imports: whence_contract, whence_client, model, store, access, alert, web, serve.
"""
