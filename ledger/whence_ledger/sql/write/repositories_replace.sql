-- Replaces the stored repositories with the result of repositories.sql.
DELETE FROM ledger.repositories WHERE repository IN (SELECT repository FROM known);
INSERT INTO ledger.repositories BY NAME SELECT * FROM known;
