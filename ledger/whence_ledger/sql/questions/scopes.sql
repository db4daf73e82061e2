-- The organizations, and the hosts without one, that runs of the classifier judge, and when each was judged last.
SELECT scope, host, organization, organization_id, classified_at
FROM scopes
ORDER BY scope
LIMIT $limit OFFSET $skip;
