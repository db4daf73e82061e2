-- told_repository: the repository that Claude Code names on its own metrics, empty for none; client_version: its version.
-- client_cost_usd: the part of cost_usd attributed only by that name. Existing rows have neither.
ALTER TABLE usage ADD COLUMN told_repository VARCHAR DEFAULT '';
ALTER TABLE usage ADD COLUMN client_version VARCHAR DEFAULT '';
ALTER TABLE closed_usage ADD COLUMN client_cost_usd DECIMAL(38, 9) DEFAULT 0;
ALTER TABLE daily_usage ADD COLUMN client_cost_usd DECIMAL(38, 9) DEFAULT 0;
