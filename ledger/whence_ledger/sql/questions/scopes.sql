-- The organizations, and the hosts without one, that runs of the classifier label, with the time of the last run.
SELECT scope, host, organization, organization_id, classified_at
FROM scopes
ORDER BY scope
LIMIT $limit OFFSET $skip;
