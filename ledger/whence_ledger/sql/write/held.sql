-- The repositories whose label is based on an organization of another run, with the reason of that label.
SELECT labels.repository, labels.reason
FROM ledger.labels
INNER JOIN ledger.scopes ON scopes.scope = labels.scope
WHERE NOT list_contains($scopes, labels.scope) AND list_contains($repository, labels.repository);
