-- The views of the dashboard that people saved, by name.
SELECT name, view, saved_at AS "at", saved_by AS "by"
FROM saved_views
ORDER BY name
LIMIT $limit OFFSET $skip;
