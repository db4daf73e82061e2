-- Replaces traits, a text of words, with a column for each word. Every statement can be run again.
ALTER TABLE whence_usage
ADD COLUMN IF NOT EXISTS is_small Bool DEFAULT position(traits, 'small') > 0 AFTER speed,
ADD COLUMN IF NOT EXISTS is_unchanged Bool DEFAULT position(traits, 'unchanged') > 0 AFTER is_small,
ADD COLUMN IF NOT EXISTS is_unread Bool DEFAULT position(traits, 'unread') > 0 AFTER is_unchanged;
ALTER TABLE whence_usage
MATERIALIZE COLUMN is_small,
MATERIALIZE COLUMN is_unchanged,
MATERIALIZE COLUMN is_unread
SETTINGS mutations_sync = 2;
ALTER TABLE whence_usage
MODIFY COLUMN is_small Bool DEFAULT false,
MODIFY COLUMN is_unchanged Bool DEFAULT false,
MODIFY COLUMN is_unread Bool DEFAULT false;
ALTER TABLE whence_usage DROP COLUMN traits SETTINGS mutations_sync = 2;
