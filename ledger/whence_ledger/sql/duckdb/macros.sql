-- Divide an integer into total equal pieces, and return where the mark after the first place pieces lies.
-- Most places are the first or the last, and dividing takes DuckDB longest.
CREATE MACRO mark(number, place, total) AS
    CASE
        WHEN place = 0 THEN CAST(0 AS HUGEINT)
        WHEN place = total THEN CAST(number AS HUGEINT)
        ELSE CAST(number AS HUGEINT) * place // total
    END;

-- Divide an integer into total equal pieces, and return the piece (low, high]. The pieces of one number add up to it
-- exactly, because each mark is rounded once and shared by its two neighbours.
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

-- The same, of an amount that may not be divided at all: its piece is all of it, or it has none.
CREATE MACRO part(value, low, high, total) AS
    CASE WHEN coalesce(high - low = total, true) THEN value ELSE piece(value, low, high, total) END;

-- Divide an amount in proportion to several numbers, and return the part of one of them. high: the sum of the numbers up
-- to and including it. If all are 0, or there are none, the first gets the entire amount.
CREATE MACRO portion(value, number, high, total, place) AS
    CASE
        WHEN total > 0 THEN piece(value, nano(high - number), nano(high), nano(total))
        WHEN coalesce(place, 1) = 1 THEN value
        ELSE CAST(0 AS DECIMAL(38, 9))
    END;
