-- Replaces the scopes of a run.
INSERT OR REPLACE INTO ledger.scopes (scope, host, organization, organization_id, classified_at)
SELECT unnest($scope), unnest($host), unnest($organization), unnest($organization_id), $classified_at;
