-- What repositories.sql found takes the place of what was there.
DELETE FROM ledger.repositories WHERE repository IN (SELECT repository FROM known);
INSERT INTO ledger.repositories BY NAME SELECT * FROM known;
