-- utc_offset: the machine's offset from UTC at the touch, in minutes; NULL where the span has none, as from older hooks.
ALTER TABLE touches ADD COLUMN utc_offset INTEGER;
