INSERT INTO ledger.case_changes BY NAME
SELECT
    $decided_at AS decided_at,
    $user AS user,
    $repository AS repository,
    $status AS status,
    $note AS note,
    $day AS day,
    $decided_by AS decided_by;
