INSERT OR REPLACE INTO ledger.saved_views BY NAME
SELECT
    $name AS name,
    $view AS view,
    $saved_at AS saved_at,
    $saved_by AS saved_by;
