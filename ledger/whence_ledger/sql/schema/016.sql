-- Views of the dashboard that people named. view: its query string; saved_by: who saved it, as far as the ledger knows.
CREATE TABLE saved_views (
    name VARCHAR PRIMARY KEY,
    view VARCHAR NOT NULL,
    saved_at TIMESTAMP NOT NULL,
    saved_by VARCHAR NOT NULL
);
