-- A number stands on one document: what the unique indexes on pos_order.nu_ncf_id and
-- account_move.nu_ncf_id cannot say, since an order and its own invoice share theirs.
-- The rules of Python refuse earlier and in words; these are for whatever comes past
-- them: another addon, a server action, SQL.

-- The number of an order is that of its row in the ledger, or reserved for its
-- reference and on nothing else.
CREATE OR REPLACE FUNCTION nu_pos_ncf_of_order() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM nu_pos_ncf n
         WHERE n.id = NEW.nu_ncf_id AND n.company_id = NEW.company_id
           AND (n.order_id = NEW.id
                OR n.order_id IS NULL AND n.move_id IS NULL
                   AND n.pos_reference = NEW.pos_reference
                   AND n.state IN ('reserved', 'issued')))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'fiscal number % is not of order %', NEW.nu_ncf_id, NEW.id
        USING ERRCODE = 'integrity_constraint_violation',
              CONSTRAINT = 'pos_order_nu_ncf_owner', TABLE = 'pos_order';
END $$;

DROP TRIGGER IF EXISTS nu_pos_ncf_owner ON pos_order;
CREATE TRIGGER nu_pos_ncf_owner
    AFTER INSERT OR UPDATE OF nu_ncf_id ON pos_order
    FOR EACH ROW WHEN (NEW.nu_ncf_id IS NOT NULL)
    EXECUTE FUNCTION nu_pos_ncf_of_order();

-- The number of an invoice is its own, reserved for it, or that of its order. Which
-- order it is of, core writes after the invoice: this is looked at when the
-- transaction ends.
CREATE OR REPLACE FUNCTION nu_pos_ncf_of_invoice() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM account_move m JOIN nu_pos_ncf n ON n.id = m.nu_ncf_id
         WHERE m.id = NEW.id
           AND (n.company_id <> m.company_id
                OR n.move_id IS DISTINCT FROM m.id
                   AND NOT (n.order_id IS NULL AND n.move_id IS NULL
                            AND n.pos_reference = 'MOVE/' || m.id
                            AND n.state = 'reserved')
                   AND NOT EXISTS (SELECT 1 FROM pos_order o
                                    WHERE o.account_move = m.id
                                      AND o.nu_ncf_id = m.nu_ncf_id)))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'fiscal number % is not of invoice %', NEW.nu_ncf_id, NEW.id
        USING ERRCODE = 'integrity_constraint_violation',
              CONSTRAINT = 'account_move_nu_ncf_owner', TABLE = 'account_move';
END $$;

DROP TRIGGER IF EXISTS nu_pos_ncf_owner ON account_move;
CREATE CONSTRAINT TRIGGER nu_pos_ncf_owner
    AFTER INSERT OR UPDATE OF nu_ncf_id ON account_move
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.nu_ncf_id IS NOT NULL)
    EXECUTE FUNCTION nu_pos_ncf_of_invoice();
