-- The functions that macros.sql defines on DuckDB.
CREATE FUNCTION IF NOT EXISTS mark AS (number, place, total) -> intDiv(toInt256(number) * toInt256(place), toInt256(total));
CREATE FUNCTION IF NOT EXISTS cut AS (number, low, high, total) ->
    intDiv(toInt256(number) * toInt256(high), toInt256(total)) - intDiv(toInt256(number) * toInt256(low), toInt256(total));
CREATE FUNCTION IF NOT EXISTS nano AS (value) -> toInt256(toDecimal256(value, 9) * 1000000000);
CREATE FUNCTION IF NOT EXISTS from_nano AS (number) -> toDecimal128(toDecimal256(number, 9) / 1000000000, 9);
CREATE FUNCTION IF NOT EXISTS piece AS (value, low, high, total) -> from_nano(cut(nano(value), low, high, total));
CREATE FUNCTION IF NOT EXISTS part AS (value, low, high, total) ->
    if(coalesce(high - low = total, true), value, piece(value, low, high, total));
CREATE FUNCTION IF NOT EXISTS portion AS (value, number, high, total, place) -> multiIf(
    total > 0, piece(value, nano(high - number), nano(high), nano(total)), coalesce(place, 1) = 1, value, toDecimal128(0, 9)
);
-- A number as it was sent, in units of 1e-9. Its integer part is exact.
CREATE FUNCTION IF NOT EXISTS float_nano AS (value) ->
    toInt256(trunc(value)) * 1000000000 + toInt256(roundBankers((value - trunc(value)) * 1e9));
