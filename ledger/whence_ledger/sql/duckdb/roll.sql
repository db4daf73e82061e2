-- Rolls up the days from roll_from until before roll_before, again for the last few, where rows were added one by one.
DELETE FROM ledger.daily_usage WHERE time >= getvariable('roll_from');
DELETE FROM ledger.daily_costs WHERE time >= getvariable('roll_from');
DELETE FROM ledger.daily_sessions WHERE time >= getvariable('roll_from');
DELETE FROM ledger.daily_tool_uses WHERE time >= getvariable('roll_from');
DELETE FROM ledger.daily_extensions WHERE time >= getvariable('roll_from');
INSERT INTO ledger.daily_usage SELECT * FROM used_by_day(getvariable('roll_from'), getvariable('roll_before'), true);
INSERT INTO ledger.daily_costs SELECT * FROM costs_by_day(getvariable('roll_from'), getvariable('roll_before'), true);
INSERT INTO ledger.daily_sessions SELECT * FROM sessions_by_day(getvariable('roll_from'), getvariable('roll_before'), true);
INSERT INTO ledger.daily_tool_uses SELECT * FROM tools_by_day(getvariable('roll_from'), getvariable('roll_before'), true);
INSERT INTO ledger.daily_extensions
SELECT * FROM extensions_by_day(getvariable('roll_from'), getvariable('roll_before'), true);
UPDATE ledger.rolled SET before = getvariable('roll_before');
