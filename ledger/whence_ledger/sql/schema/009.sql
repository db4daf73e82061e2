-- What people decided about a user's spend on a repository: one row for each decision; the newest counts. day: the last
-- day (UTC) whose spend it settles; decided_by: who decided, if the ledger knows.
CREATE TABLE case_changes (
    decided_at TIMESTAMP NOT NULL,
    user VARCHAR NOT NULL,
    repository VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    note VARCHAR NOT NULL,
    day DATE NOT NULL,
    decided_by VARCHAR NOT NULL
);
