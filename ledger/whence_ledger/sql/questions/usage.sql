-- Output and activity. Times in seconds; acceptance_rate: of edits; productivity_ratio: Claude's time ÷ people's time.
SELECT
    (
        SELECT count(DISTINCT session_id)
        FROM chosen_sessions
    ) AS sessions,
    coalesce(sum(commits), 0) AS commits,
    coalesce(sum(pull_requests), 0) AS pull_requests,
    coalesce(sum(lines_added), 0) AS lines_added,
    coalesce(sum(lines_removed), 0) AS lines_removed,
    coalesce(sum(edits_accepted), 0) AS edits_accepted,
    coalesce(sum(edits_rejected), 0) AS edits_rejected,
    CAST(sum(edits_accepted) AS DOUBLE) / nullif(CAST(sum(edits_accepted + edits_rejected) AS DOUBLE), 0)
        AS acceptance_rate,
    coalesce(sum(active_time_user), 0) AS active_time_user,
    coalesce(sum(active_time_cli), 0) AS active_time_cli,
    CAST(sum(active_time_cli) AS DOUBLE) / nullif(CAST(sum(active_time_user) AS DOUBLE), 0) AS productivity_ratio
FROM chosen;
