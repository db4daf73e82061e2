-- What people decided about a user's spend on a repository: one row for each decision, of which the newest counts. day: the
-- day (UTC) until which it settles what was spent; decided_by: who decided, as far as the ledger knows.
CREATE TABLE case_changes (
    decided_at TIMESTAMP NOT NULL,
    user VARCHAR NOT NULL,
    repository VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    note VARCHAR NOT NULL,
    day DATE NOT NULL,
    decided_by VARCHAR NOT NULL
);
