-- The scopes that runs of the classifier may label, and the organization that each label is based on.
CREATE TABLE scopes (
    scope VARCHAR PRIMARY KEY,
    host VARCHAR NOT NULL,
    organization VARCHAR NOT NULL,
    organization_id BIGINT NOT NULL,
    classified_at TIMESTAMP NOT NULL
);
ALTER TABLE labels ADD COLUMN scope VARCHAR DEFAULT '';
ALTER TABLE labels ADD COLUMN left_on DATE;

-- left_on: the day on which a run noticed that the repository is no longer in its organization.
UPDATE labels
SET left_on = (
    SELECT CAST(max(label_changes.changed_at) AS DATE)
    FROM label_changes
    WHERE label_changes.repository = labels.repository AND label_changes.reason = 'deleted-from-organization'
)
WHERE reason = 'deleted-from-organization';
