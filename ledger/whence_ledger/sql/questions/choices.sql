-- The values that the filters offer: every user, model, repository and team in the range.
WITH there AS (
    SELECT DISTINCT user, team, model, repository
    FROM chosen_sessions
)
SELECT DISTINCT 'user' AS kind, user AS name FROM there WHERE user <> ''
UNION ALL
SELECT DISTINCT 'team', team FROM there WHERE team <> ''
UNION ALL
SELECT DISTINCT 'model', model FROM there WHERE model <> ''
UNION ALL
SELECT DISTINCT 'repository', coalesce(repositories.display, 'Unknown')
FROM there
LEFT JOIN repositories ON repositories.repository = there.repository
ORDER BY 1, 2;
