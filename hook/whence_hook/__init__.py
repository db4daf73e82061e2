"""The hook: records which repositories a Claude Code session touches and emits attribution spans.

Two halves. ``record`` runs once per hook event, inside the session, and imports nothing but the cheapest part of the
standard library: ``__main__``, ``record``, ``touch``, ``worktree``, ``spool``, ``log``. ``flush`` runs detached,
after the fact, and may take its time: everything else.
"""
