"""``whence demo``: a generated organization, loaded through the real receiver and classifier.

Imports: whence_contract, model, store, access, alert, web, serve.
"""
