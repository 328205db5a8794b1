-- The numbers of comprobantes fiscales: taking one, and the proof that none is lost.

-- Take the number of one document, or find the one it has already.
--
-- Called in a READ COMMITTED transaction that does nothing else, so that it is
-- durable and releases its locks within a millisecond:
--   1. the advisory lock makes two calls for one reference queue up;
--   2. a number that the reference holds already is the answer again; p_replace
--      gives one of another type back first;
--   3. a number that was given back goes out first, lowest first; SKIP LOCKED lets
--      two tills take two different ones;
--   4. else the next number of the first usable range. The row lock on the range is
--      what serialises tills; READ COMMITTED re-reads the row after the wait, and
--      when it proves exhausted the loop looks again and finds the queued range.
-- A rolled-back call leaves nothing: counter and ledger row live and die together.
--
-- outcome: taken | found (reserved for this reference) | issued (on a document) |
-- other_type | NCF_EXHAUSTED | NCF_EXPIRED | NCF_NO_RANGE
CREATE OR REPLACE FUNCTION nu_pos_ncf_take(
    p_company integer, p_type integer, p_config integer, p_reference text,
    p_kind text, p_today date, p_user integer, p_told boolean, p_replace boolean
) RETURNS TABLE (outcome text, ncf_id integer, replaced_id integer)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    replaced integer;
    live record;
    usable record;
    taken integer;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(
        'nu_pos_ncf:' || p_company || ':' || p_kind || ':' || p_reference, 0));

    SELECT n.id, n.document_type_id, n.told, n.state INTO live
      FROM nu_pos_ncf n
     WHERE n.company_id = p_company AND n.pos_reference = p_reference
       AND n.kind = p_kind AND n.state IN ('reserved', 'issued');
    IF FOUND AND live.document_type_id <> p_type AND live.state = 'reserved'
       AND p_replace THEN
        -- the caller says that no customer saw it: it goes out again
        UPDATE nu_pos_ncf
           SET state = 'released', told = false, write_uid = p_user,
               write_date = now() AT TIME ZONE 'UTC'
         WHERE id = live.id;
        replaced := live.id;
    ELSIF FOUND THEN
        IF p_told AND NOT live.told THEN
            UPDATE nu_pos_ncf SET told = true WHERE id = live.id;
        END IF;
        RETURN QUERY SELECT
            CASE WHEN live.document_type_id <> p_type THEN 'other_type'
                 WHEN live.state = 'issued' THEN 'issued'
                 ELSE 'found' END, live.id, NULL::integer;
        RETURN;
    END IF;

    UPDATE nu_pos_ncf
       SET state = 'reserved', pos_reference = p_reference, kind = p_kind,
           config_id = p_config, told = p_told, date_reserved = now() AT TIME ZONE 'UTC',
           write_uid = p_user, write_date = now() AT TIME ZONE 'UTC'
     WHERE id = (
        SELECT n.id FROM nu_pos_ncf n
          JOIN nu_pos_ncf_range r ON r.id = n.range_id
         WHERE n.state = 'released' AND n.document_type_id = p_type
           AND n.company_id = p_company AND r.state <> 'closed'
           AND (r.date_expiry IS NULL OR r.date_expiry >= p_today)
           AND (r.config_id IS NULL OR r.config_id = p_config)
         ORDER BY n.sequence_number LIMIT 1
           FOR UPDATE OF n SKIP LOCKED)
    RETURNING id INTO taken;
    IF FOUND THEN
        RETURN QUERY SELECT 'taken'::text, taken, replaced;
        RETURN;
    END IF;

    FOR attempt IN 1..3 LOOP
        SELECT r.id, r.next_number, r.last_number INTO usable
          FROM nu_pos_ncf_range r
         WHERE r.company_id = p_company AND r.document_type_id = p_type
           AND r.state IN ('active', 'queued') AND r.next_number <= r.last_number
           AND (r.date_expiry IS NULL OR r.date_expiry >= p_today)
           AND (r.config_id IS NULL OR r.config_id = p_config)
         ORDER BY (r.config_id IS NULL), (r.state = 'queued'), r.sequence, r.first_number
         LIMIT 1 FOR UPDATE;
        EXIT WHEN FOUND;
    END LOOP;

    IF usable.id IS NOT NULL THEN
        UPDATE nu_pos_ncf_range r
           SET next_number = r.next_number + 1,
               state = CASE WHEN r.next_number = r.last_number
                            THEN 'exhausted' ELSE 'active' END
         WHERE r.id = usable.id;
        INSERT INTO nu_pos_ncf (
            company_id, document_type_id, range_id, config_id, sequence_number, name,
            pos_reference, kind, state, told, date_reserved,
            create_uid, create_date, write_uid, write_date)
        SELECT p_company, p_type, usable.id, p_config, usable.next_number,
               t.doc_code_prefix || lpad(usable.next_number::text,
                   CASE t.nu_series WHEN 'E' THEN 10 ELSE 8 END, '0'),
               p_reference, p_kind, 'reserved', p_told, now() AT TIME ZONE 'UTC',
               p_user, now() AT TIME ZONE 'UTC', p_user, now() AT TIME ZONE 'UTC'
          FROM l10n_latam_document_type t WHERE t.id = p_type
        RETURNING id INTO taken;
        RETURN QUERY SELECT 'taken'::text, taken, replaced;
        RETURN;
    END IF;

    -- Nothing to take: tell why, and leave what would have been replaced alone.
    IF replaced IS NOT NULL THEN
        UPDATE nu_pos_ncf SET state = 'reserved', told = live.told WHERE id = replaced;
    END IF;
    RETURN QUERY SELECT COALESCE((
        SELECT CASE WHEN bool_or(r.next_number <= r.last_number)
                    THEN 'NCF_EXPIRED' ELSE 'NCF_EXHAUSTED' END
          FROM nu_pos_ncf_range r
         WHERE r.company_id = p_company AND r.document_type_id = p_type
           AND r.state <> 'closed'
           AND (r.config_id IS NULL OR r.config_id = p_config)
        HAVING count(*) > 0), 'NCF_NO_RANGE'), NULL::integer, NULL::integer;
END $$;

-- The numbers of many documents of one type and register, in the order given.
--
-- The locks of all references come first, sorted, before any lock on a range: then no
-- two calls can wait for each other, whatever references they share with whom. The
-- range stays locked for the rest of the call, some tenths of a millisecond a number;
-- when it ends in the middle, the rest are refused and what was taken stands.
CREATE OR REPLACE FUNCTION nu_pos_ncf_take_all(
    p_company integer, p_type integer, p_config integer, p_kind text, p_today date,
    p_user integer, p_told boolean, p_references text[], p_replace boolean[]
) RETURNS TABLE (outcome text, ncf_id integer, replaced_id integer)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    reference text;
    place integer;
BEGIN
    FOR reference IN SELECT r FROM unnest(p_references) AS r ORDER BY r COLLATE "C" LOOP
        PERFORM pg_advisory_xact_lock(hashtextextended(
            'nu_pos_ncf:' || p_company || ':' || p_kind || ':' || reference, 0));
    END LOOP;
    FOR place IN 1 .. cardinality(p_references) LOOP
        RETURN QUERY SELECT * FROM nu_pos_ncf_take(
            p_company, p_type, p_config, p_references[place], p_kind, p_today, p_user,
            p_told, p_replace[place]);
    END LOOP;
END $$;

-- The invariant: for each range, first..next-1 = issued + reserved + released +
-- voided, each exactly once. "missing" numbers were counted but are not in the
-- ledger; "doubled" are rows too many: a number twice, or outside what was counted.
--
-- And of documents, which are paid orders and posted invoices; an order and its own
-- invoice are one:
-- "shared" numbers are on more than one document;
-- "unplaced" numbers are issued and on none. The e-CF in the place of a receipt of a
-- contingency is at DGII only, its document is the signed one;
-- "misplaced" are documents whose number is another document's, another company's, or
-- neither issued nor annulled, and drafts that bear an issued one.
--
-- One pass over each table, whatever the number of rows.
DROP FUNCTION IF EXISTS nu_pos_ncf_invariant();
CREATE OR REPLACE FUNCTION nu_pos_ncf_invariant() RETURNS TABLE (
    range_id integer, prefix varchar, first_number bigint, next_number bigint,
    issued bigint, reserved bigint, released bigint, voided bigint,
    missing bigint, doubled bigint,
    shared bigint, unplaced bigint, misplaced bigint, ok boolean
) LANGUAGE sql STABLE AS $$
    WITH orders AS (
        SELECT o.nu_ncf_id, count(*) AS documents, min(o.id) AS id,
               min(o.company_id) AS company_id, min(o.account_move) AS invoice,
               bool_and(o.state IN ('paid', 'done')) AS final
          FROM pos_order o WHERE o.nu_ncf_id IS NOT NULL GROUP BY o.nu_ncf_id),
    invoices AS (
        SELECT m.nu_ncf_id, count(*) AS documents, min(m.id) AS id,
               min(m.company_id) AS company_id,
               bool_and(m.state = 'posted') AS final
          FROM account_move m WHERE m.nu_ncf_id IS NOT NULL GROUP BY m.nu_ncf_id),
    signed AS (
        SELECT DISTINCT e.ncf_id FROM nu_pos_ecf e WHERE e.replaces_ncf_id IS NOT NULL),
    ledger AS (
        SELECT n.range_id,
               count(*) AS rows,
               count(*) FILTER (WHERE n.state = 'issued') AS issued,
               count(*) FILTER (WHERE n.state = 'reserved') AS reserved,
               count(*) FILTER (WHERE n.state = 'released') AS released,
               count(*) FILTER (WHERE n.state = 'voided') AS voided,
               count(DISTINCT n.sequence_number) FILTER (
                   WHERE n.sequence_number >= r.first_number
                     AND n.sequence_number < r.next_number) AS counted,
               count(*) FILTER (
                   WHERE o.documents > 1 OR i.documents > 1
                      OR o.id IS NOT NULL AND i.id IS NOT NULL
                         AND o.invoice IS DISTINCT FROM i.id) AS shared,
               count(*) FILTER (
                   WHERE n.state = 'issued' AND o.id IS NULL AND i.id IS NULL
                     AND s.ncf_id IS NULL) AS unplaced,
               count(*) FILTER (
                   WHERE o.id IS NOT NULL AND (
                         o.company_id <> n.company_id
                      OR n.order_id IS DISTINCT FROM o.id
                         AND n.state IN ('issued', 'voided')
                      OR n.state = 'issued' AND NOT o.final
                      OR n.state = 'reserved' AND o.final
                      OR n.state = 'released')
                      OR i.id IS NOT NULL AND (
                         i.company_id <> n.company_id
                      OR n.move_id IS DISTINCT FROM i.id AND o.id IS NULL
                         AND n.state IN ('issued', 'voided')
                      OR n.state = 'issued' AND NOT i.final
                      OR n.state = 'reserved' AND i.final
                      OR n.state = 'released')) AS misplaced
          FROM nu_pos_ncf n
          JOIN nu_pos_ncf_range r ON r.id = n.range_id
          LEFT JOIN orders o ON o.nu_ncf_id = n.id
          LEFT JOIN invoices i ON i.nu_ncf_id = n.id
          LEFT JOIN signed s ON s.ncf_id = n.id
         GROUP BY n.range_id)
    SELECT r.id, t.doc_code_prefix, r.first_number, r.next_number,
           COALESCE(l.issued, 0), COALESCE(l.reserved, 0),
           COALESCE(l.released, 0), COALESCE(l.voided, 0),
           r.next_number - r.first_number - COALESCE(l.counted, 0),
           COALESCE(l.rows - l.counted, 0),
           COALESCE(l.shared, 0), COALESCE(l.unplaced, 0), COALESCE(l.misplaced, 0),
           r.next_number - r.first_number = COALESCE(l.counted, 0)
               AND COALESCE(l.rows, 0) = COALESCE(l.counted, 0)
               AND COALESCE(l.shared + l.unplaced + l.misplaced, 0) = 0
      FROM nu_pos_ncf_range r
      JOIN l10n_latam_document_type t ON t.id = r.document_type_id
      LEFT JOIN ledger l ON l.range_id = r.id
     ORDER BY t.doc_code_prefix, r.first_number
$$;
