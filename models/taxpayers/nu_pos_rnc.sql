-- Lines of the file that is being imported. They can be had again from the file, so
-- that nothing is lost if a crash of the server empties the table.
CREATE UNLOGGED TABLE IF NOT EXISTS nu_pos_rnc_staging (
    import_id integer NOT NULL,
    line integer NOT NULL,
    rnc varchar NOT NULL,
    name varchar NOT NULL,
    trade_name varchar,
    activity varchar,
    start_date date,
    state varchar,
    regime varchar,
    search_name varchar,
    search_trade varchar
);

-- Make the registry say what the staged list says, in one transaction. Rows that are
-- the same already are not touched. Of a number that is listed twice the last line
-- counts.
CREATE OR REPLACE FUNCTION nu_pos_rnc_merge(
    p_import integer, p_day date,
    OUT inserted integer, OUT updated integer, OUT unchanged integer,
    OUT duplicates integer, OUT missing integer
) LANGUAGE plpgsql
-- A registry that was empty a moment ago looks empty to the planner while it fills: a
-- nested loop over it would never end. Hash joins are right for a list that is merged
-- as a whole.
SET enable_nestloop = off
SET work_mem = '64MB'
AS $$
DECLARE
    staged integer;
    distinct_rows integer;
BEGIN
    SELECT count(*) INTO staged FROM nu_pos_rnc_staging WHERE import_id = p_import;
    CREATE TEMPORARY TABLE nu_pos_rnc_fresh ON COMMIT DROP AS
        SELECT DISTINCT ON (rnc) rnc, name, trade_name, activity, start_date, state,
               regime, search_name, search_trade
          FROM nu_pos_rnc_staging WHERE import_id = p_import
         ORDER BY rnc, line DESC;
    GET DIAGNOSTICS distinct_rows = ROW_COUNT;
    ANALYZE nu_pos_rnc_fresh;
    duplicates := staged - distinct_rows;

    UPDATE nu_pos_rnc r
       SET missing_since = p_day
     WHERE missing_since IS NULL
       AND NOT EXISTS (SELECT 1 FROM nu_pos_rnc_fresh f WHERE f.rnc = r.rnc);
    GET DIAGNOSTICS missing = ROW_COUNT;

    UPDATE nu_pos_rnc r
       SET name = f.name, trade_name = f.trade_name, activity = f.activity,
           start_date = f.start_date, state = f.state, regime = f.regime,
           search_name = f.search_name, search_trade = f.search_trade,
           missing_since = NULL
      FROM nu_pos_rnc_fresh f
     WHERE r.rnc = f.rnc
       AND (r.name, r.trade_name, r.activity, r.start_date, r.state, r.regime,
            r.search_name, r.search_trade, r.missing_since)
           IS DISTINCT FROM
           (f.name, f.trade_name, f.activity, f.start_date, f.state, f.regime,
            f.search_name, f.search_trade, NULL::date);
    GET DIAGNOSTICS updated = ROW_COUNT;

    INSERT INTO nu_pos_rnc (rnc, name, trade_name, activity, start_date, state, regime,
                            search_name, search_trade)
    SELECT f.rnc, f.name, f.trade_name, f.activity, f.start_date, f.state, f.regime,
           f.search_name, f.search_trade
      FROM nu_pos_rnc_fresh f
     WHERE NOT EXISTS (SELECT 1 FROM nu_pos_rnc r WHERE r.rnc = f.rnc);
    GET DIAGNOSTICS inserted = ROW_COUNT;

    unchanged := distinct_rows - updated - inserted;
    DROP TABLE nu_pos_rnc_fresh;
END $$;
