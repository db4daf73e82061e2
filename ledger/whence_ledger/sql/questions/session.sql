-- One session: its user, start and end.
SELECT session_id AS session, nullif(user, '') AS user, nullif(team, '') AS team, started, ended
FROM sessions
WHERE session_id = $session;
