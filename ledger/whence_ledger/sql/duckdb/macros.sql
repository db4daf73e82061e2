-- Where the mark place of total equal pieces of a whole number lies.
CREATE MACRO mark(number, place, total) AS CAST(number AS HUGEINT) * place // total;

-- Cuts the piece (low, high] out of total equal pieces of a whole number. The pieces of one number add up to it
-- exactly, because each cut is rounded once and shared by its two neighbours.
CREATE MACRO cut(number, low, high, total) AS
    mark(number, high, total) - mark(number, low, total);

CREATE MACRO nano(value) AS CAST(CAST(value AS DECIMAL(38, 9)) * 1000000000 AS HUGEINT);

CREATE MACRO from_nano(number) AS
    CAST(CAST(number AS DECIMAL(29, 0)) * CAST(0.000000001 AS DECIMAL(9, 9)) AS DECIMAL(38, 9));

-- The same for an amount, at a resolution of 1e-9.
CREATE MACRO piece(value, low, high, total) AS
    CASE
        WHEN value = 0 THEN CAST(0 AS DECIMAL(38, 9))
        ELSE from_nano(cut(nano(value), low, high, total))
    END;

-- The part of an amount that belongs to the first, second ... of several numbers: as much of it as the number is of their
-- total. high: the sum of the numbers until then. Where they are all 0, or there are none, the first has it.
CREATE MACRO portion(value, number, high, total, place) AS
    CASE
        WHEN total > 0 THEN piece(value, nano(high - number), nano(high), nano(total))
        WHEN coalesce(place, 1) = 1 THEN value
        ELSE CAST(0 AS DECIMAL(38, 9))
    END;
