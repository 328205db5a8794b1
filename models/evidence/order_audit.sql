-- The audit is append-only for every road into the database, not for the ORM alone.
--
-- Three tables: the rows, their seals (place in the chain and hash, kept away from what
-- they protect) and the anchors (what somebody attested of a chain: exported, verified,
-- pruned). None of them is ever updated or truncated. Rows and seals may be deleted
-- below a prune anchor only, and a prune anchor is accepted only for what is sealed,
-- exported and older than the retention period: the rule is a fact in the database, so
-- there is no switch that a statement could turn off.

-- Highest seq of the chain that may be deleted now; the last pruned one if none is.
CREATE OR REPLACE FUNCTION nu_pos_audit_prunable(p_company integer) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
    years integer;
    pruned bigint;
    exported bigint;
    aged bigint;
BEGIN
    SELECT COALESCE(max(seq), 0) INTO pruned FROM nu_pos_audit_anchor
     WHERE kind = 'prune' AND COALESCE(company_id, 0) = COALESCE(p_company, 0);
    -- Código Tributario art. 50: books are kept ten years. 0 keeps them for ever;
    -- so does a value that is no number.
    SELECT CASE WHEN value ~ '^[0-9]{1,3}$' THEN value::integer ELSE 0 END INTO years
      FROM ir_config_parameter WHERE key = 'nu_pos.audit_retention_years';
    years := COALESCE(years, 10);
    IF years = 0 THEN
        RETURN pruned;
    END IF;
    -- one export that begins where the chain begins now and is still the same chain
    SELECT max(a.seq) INTO exported
      FROM nu_pos_audit_anchor a
      JOIN nu_pos_audit_seal s
        ON COALESCE(s.company_id, 0) = COALESCE(p_company, 0)
       AND s.seq = a.seq AND s.hash = a.hash
     WHERE a.kind = 'export' AND a.first_seq <= pruned + 1
       AND COALESCE(a.company_id, 0) = COALESCE(p_company, 0);
    IF exported IS NULL THEN
        RETURN pruned;
    END IF;
    -- up to the first row that is too young, or that is not there to be judged
    SELECT s.seq - 1 INTO aged
      FROM nu_pos_audit_seal s
      LEFT JOIN nu_restaurant_pos_order_audit a ON a.id = s.audit_id
     WHERE COALESCE(s.company_id, 0) = COALESCE(p_company, 0)
       AND (a.id IS NULL OR a.create_date >=
            now() AT TIME ZONE 'UTC' - make_interval(years => years))
     ORDER BY s.seq LIMIT 1;
    RETURN GREATEST(pruned, LEAST(exported, COALESCE(aged, exported)));
END $$;

-- Delete what may be deleted, leaving an anchor from which the rest still verifies.
CREATE OR REPLACE FUNCTION nu_pos_audit_prune(p_company integer, p_user integer)
RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    upto bigint := nu_pos_audit_prunable(p_company);
    head record;
    deleted bigint;
BEGIN
    SELECT min(s.seq) AS first_seq, count(*) AS row_count, min(a.create_date) AS since,
           max(a.create_date) AS until INTO head
      FROM nu_pos_audit_seal s
      JOIN nu_restaurant_pos_order_audit a ON a.id = s.audit_id
     WHERE COALESCE(s.company_id, 0) = COALESCE(p_company, 0) AND s.seq <= upto;
    IF head.row_count = 0 THEN
        RETURN 0;
    END IF;
    INSERT INTO nu_pos_audit_anchor (kind, company_id, user_id, create_date, first_seq,
                                     seq, hash, row_count, date_from, date_to)
    SELECT 'prune', p_company, p_user, now() AT TIME ZONE 'UTC', head.first_seq, s.seq,
           s.hash, head.row_count, head.since, head.until
      FROM nu_pos_audit_seal s
     WHERE COALESCE(s.company_id, 0) = COALESCE(p_company, 0) AND s.seq = upto;
    DELETE FROM nu_restaurant_pos_order_audit a USING nu_pos_audit_seal s
     WHERE s.audit_id = a.id AND COALESCE(s.company_id, 0) = COALESCE(p_company, 0)
       AND s.seq <= upto;
    GET DIAGNOSTICS deleted = ROW_COUNT;
    DELETE FROM nu_pos_audit_seal s
     WHERE COALESCE(s.company_id, 0) = COALESCE(p_company, 0) AND s.seq <= upto;
    RETURN deleted;
END $$;

CREATE OR REPLACE FUNCTION nu_pos_audit_refuse(p_operation text, p_table text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit is append-only: % on % is refused', p_operation, p_table
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE OR REPLACE FUNCTION nu_pos_audit_pruned(p_company integer, p_seq bigint)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM nu_pos_audit_anchor
                    WHERE kind = 'prune' AND seq >= p_seq
                      AND COALESCE(company_id, 0) = COALESCE(p_company, 0));
$$;

-- Trigger functions: one a table, as each knows its own columns.
CREATE OR REPLACE FUNCTION nu_pos_audit_guard_row() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM nu_pos_audit_seal s
         WHERE s.audit_id = OLD.id AND nu_pos_audit_pruned(s.company_id, s.seq)
    ) THEN
        RETURN OLD;
    END IF;
    PERFORM nu_pos_audit_refuse(TG_OP, TG_TABLE_NAME);
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION nu_pos_audit_guard_seal() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND nu_pos_audit_pruned(OLD.company_id, OLD.seq) THEN
        RETURN OLD;
    END IF;
    PERFORM nu_pos_audit_refuse(TG_OP, TG_TABLE_NAME);
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION nu_pos_audit_guard_anchor() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.kind = 'prune' AND (
            NEW.seq > nu_pos_audit_prunable(NEW.company_id)
            OR NOT EXISTS (
                SELECT FROM nu_pos_audit_seal
                 WHERE COALESCE(company_id, 0) = COALESCE(NEW.company_id, 0)
                   AND seq = NEW.seq AND hash = NEW.hash)
        ) THEN
            RAISE EXCEPTION 'Only what is sealed, exported and older than the retention'
                ' period is deleted' USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN NEW;
    END IF;
    PERFORM nu_pos_audit_refuse(TG_OP, TG_TABLE_NAME);
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION nu_pos_audit_guard_table() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM nu_pos_audit_refuse(TG_OP, TG_TABLE_NAME);
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS nu_pos_audit_guard ON nu_restaurant_pos_order_audit;
CREATE TRIGGER nu_pos_audit_guard
    BEFORE UPDATE OR DELETE ON nu_restaurant_pos_order_audit
    FOR EACH ROW EXECUTE FUNCTION nu_pos_audit_guard_row();
DROP TRIGGER IF EXISTS nu_pos_audit_guard_table ON nu_restaurant_pos_order_audit;
CREATE TRIGGER nu_pos_audit_guard_table
    BEFORE TRUNCATE ON nu_restaurant_pos_order_audit
    FOR EACH STATEMENT EXECUTE FUNCTION nu_pos_audit_guard_table();

DROP TRIGGER IF EXISTS nu_pos_audit_guard ON nu_pos_audit_seal;
CREATE TRIGGER nu_pos_audit_guard
    BEFORE UPDATE OR DELETE ON nu_pos_audit_seal
    FOR EACH ROW EXECUTE FUNCTION nu_pos_audit_guard_seal();
DROP TRIGGER IF EXISTS nu_pos_audit_guard_table ON nu_pos_audit_seal;
CREATE TRIGGER nu_pos_audit_guard_table
    BEFORE TRUNCATE ON nu_pos_audit_seal
    FOR EACH STATEMENT EXECUTE FUNCTION nu_pos_audit_guard_table();

DROP TRIGGER IF EXISTS nu_pos_audit_guard ON nu_pos_audit_anchor;
CREATE TRIGGER nu_pos_audit_guard
    BEFORE INSERT OR UPDATE OR DELETE ON nu_pos_audit_anchor
    FOR EACH ROW EXECUTE FUNCTION nu_pos_audit_guard_anchor();
DROP TRIGGER IF EXISTS nu_pos_audit_guard_table ON nu_pos_audit_anchor;
CREATE TRIGGER nu_pos_audit_guard_table
    BEFORE TRUNCATE ON nu_pos_audit_anchor
    FOR EACH STATEMENT EXECUTE FUNCTION nu_pos_audit_guard_table();
