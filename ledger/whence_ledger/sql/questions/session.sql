-- One session: whose it is, and from when to when it was.
SELECT session_id AS session, nullif(user, '') AS user, nullif(team, '') AS team, started, ended
FROM sessions
WHERE session_id = $session;
