-- Which steps of the setup have worked so far, each 0 or 1: the hook has reported; the repositories have labels.
SELECT
    (SELECT count(*) FROM (SELECT session_id FROM touches LIMIT 1) AS one) AS hook,
    (SELECT count(*) FROM labels WHERE repository = '') AS labelled;
