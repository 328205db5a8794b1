-- What a numbered sale says stays, for every road into the database, not for the ORM
-- alone. The ORM refuses more fields and in better words; these are the last line under
-- the most precious ones.
--
-- A sale is sealed from the moment its number is issued: the ledger's row names the
-- order (nu_pos_ncf.order_id) and the order names the row. Conditions on the row itself
-- stand in WHEN, so that what core writes after a payment (posting, costs, prints) calls
-- no function.
--
-- Our own flows that still write (a rejected e-CF signed anew, the merge of contacts)
-- set the marker for their transaction; no client can, it is a statement of SQL.

CREATE OR REPLACE FUNCTION nu_pos_seal_is_off() RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT current_setting('nu_pos.unsealed', true) = 'on'
$$;

-- Refuse in the name of a sale's number; 23000 reaches a person as a message of Odoo.
CREATE OR REPLACE FUNCTION nu_pos_seal_refuse(p_number text, p_table text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is issued: what it says (%) is not changed any more',
        p_number, p_table
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

-- The number of a sale that is sealed, NULL of any other. The order's row is locked, so
-- that a line cannot slip into a draft that somebody else is selling at this moment:
-- whoever comes second sees the sale, or begins again.
CREATE OR REPLACE FUNCTION nu_pos_sealed_number(p_order integer) RETURNS varchar
LANGUAGE sql VOLATILE AS $$
    SELECT n.name FROM pos_order o
      LEFT JOIN nu_pos_ncf n ON n.id = o.nu_ncf_id AND n.order_id = o.id
                            AND o.state IN ('paid', 'done')
     WHERE o.id = p_order
       FOR SHARE OF o
$$;

CREATE OR REPLACE FUNCTION nu_pos_seal_order() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    number text;
BEGIN
    IF nu_pos_seal_is_off() IS NOT TRUE THEN
        SELECT n.name INTO number FROM nu_pos_ncf n
         WHERE n.id = OLD.nu_ncf_id AND n.order_id = OLD.id;
        IF FOUND THEN
            PERFORM nu_pos_seal_refuse(number, TG_TABLE_NAME);
        END IF;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION nu_pos_seal_line() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    number text;
BEGIN
    IF nu_pos_seal_is_off() IS NOT TRUE THEN
        IF TG_OP <> 'INSERT' THEN
            number := nu_pos_sealed_number(OLD.order_id);
        END IF;
        IF number IS NULL AND TG_OP <> 'DELETE' THEN
            number := nu_pos_sealed_number(NEW.order_id);
        END IF;
        IF number IS NOT NULL THEN
            PERFORM nu_pos_seal_refuse(number, TG_TABLE_NAME);
        END IF;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION nu_pos_seal_payment() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    number text;
BEGIN
    IF nu_pos_seal_is_off() IS NOT TRUE THEN
        IF TG_OP <> 'INSERT' THEN
            number := nu_pos_sealed_number(OLD.pos_order_id);
        END IF;
        IF number IS NULL AND TG_OP <> 'DELETE' THEN
            number := nu_pos_sealed_number(NEW.pos_order_id);
        END IF;
        IF number IS NOT NULL THEN
            PERFORM nu_pos_seal_refuse(number, TG_TABLE_NAME);
        END IF;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;

-- An invoice is sealed while its number is issued; an annulled one may be cancelled.
CREATE OR REPLACE FUNCTION nu_pos_seal_move() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    number text;
BEGIN
    IF nu_pos_seal_is_off() IS NOT TRUE THEN
        SELECT n.name INTO number FROM nu_pos_ncf n
         WHERE n.id = OLD.nu_ncf_id AND n.state = 'issued';
        IF FOUND THEN
            PERFORM nu_pos_seal_refuse(number, TG_TABLE_NAME);
        END IF;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION nu_pos_seal_table() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM nu_pos_ncf WHERE order_id IS NOT NULL) THEN
        PERFORM nu_pos_seal_refuse('A sale', TG_TABLE_NAME);
    END IF;
    RETURN NULL;
END $$;

-- A number that was issued stays issued on its document, or is annulled; a number that
-- is annulled stays so. The moves between are those of nu.pos.ncf.
CREATE OR REPLACE FUNCTION nu_pos_seal_number() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF nu_pos_seal_is_off() IS NOT TRUE THEN
        PERFORM nu_pos_seal_refuse(OLD.name, TG_TABLE_NAME);
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;

DROP TRIGGER IF EXISTS nu_pos_seal_update ON pos_order;
CREATE TRIGGER nu_pos_seal_update BEFORE UPDATE ON pos_order FOR EACH ROW
WHEN (
    OLD.nu_ncf_id IS NOT NULL AND OLD.state IN ('paid', 'done') AND (
        NEW.state NOT IN ('paid', 'done')
        OR NEW.nu_ncf_id IS DISTINCT FROM OLD.nu_ncf_id
        -- the copy of the number's text follows the number
        OR OLD.nu_ncf IS NOT NULL AND NEW.nu_ncf IS DISTINCT FROM OLD.nu_ncf
        OR NEW.nu_document_type_id IS DISTINCT FROM OLD.nu_document_type_id
        OR NEW.amount_total IS DISTINCT FROM OLD.amount_total
        OR NEW.amount_tax IS DISTINCT FROM OLD.amount_tax
        OR NEW.amount_paid IS DISTINCT FROM OLD.amount_paid
        OR NEW.amount_return IS DISTINCT FROM OLD.amount_return
        OR NEW.nu_amount_itbis IS DISTINCT FROM OLD.nu_amount_itbis
        OR NEW.nu_amount_tip IS DISTINCT FROM OLD.nu_amount_tip
        OR NEW.date_order IS DISTINCT FROM OLD.date_order
        OR NEW.partner_id IS DISTINCT FROM OLD.partner_id
        OR NEW.nu_buyer_name IS DISTINCT FROM OLD.nu_buyer_name
        OR NEW.nu_buyer_vat IS DISTINCT FROM OLD.nu_buyer_vat
        OR NEW.nu_buyer_foreign_id IS DISTINCT FROM OLD.nu_buyer_foreign_id
        OR NEW.pos_reference IS DISTINCT FROM OLD.pos_reference
        OR NEW.uuid IS DISTINCT FROM OLD.uuid
        OR NEW.company_id IS DISTINCT FROM OLD.company_id
        OR NEW.config_id IS DISTINCT FROM OLD.config_id
        OR NEW.session_id IS DISTINCT FROM OLD.session_id
        OR NEW.is_refund IS DISTINCT FROM OLD.is_refund
    )
) EXECUTE FUNCTION nu_pos_seal_order();

DROP TRIGGER IF EXISTS nu_pos_seal_delete ON pos_order;
CREATE TRIGGER nu_pos_seal_delete BEFORE DELETE ON pos_order FOR EACH ROW
WHEN (OLD.nu_ncf_id IS NOT NULL) EXECUTE FUNCTION nu_pos_seal_order();

DROP TRIGGER IF EXISTS nu_pos_seal_update ON pos_order_line;
CREATE TRIGGER nu_pos_seal_update BEFORE UPDATE ON pos_order_line FOR EACH ROW
WHEN (
    NEW.order_id IS DISTINCT FROM OLD.order_id
    OR NEW.product_id IS DISTINCT FROM OLD.product_id
    OR NEW.qty IS DISTINCT FROM OLD.qty
    OR NEW.price_unit IS DISTINCT FROM OLD.price_unit
    OR NEW.discount IS DISTINCT FROM OLD.discount
    OR NEW.price_subtotal IS DISTINCT FROM OLD.price_subtotal
    OR NEW.price_subtotal_incl IS DISTINCT FROM OLD.price_subtotal_incl
    OR NEW.refunded_orderline_id IS DISTINCT FROM OLD.refunded_orderline_id
) EXECUTE FUNCTION nu_pos_seal_line();

DROP TRIGGER IF EXISTS nu_pos_seal_rows ON pos_order_line;
CREATE TRIGGER nu_pos_seal_rows BEFORE INSERT OR DELETE ON pos_order_line
FOR EACH ROW EXECUTE FUNCTION nu_pos_seal_line();

DROP TRIGGER IF EXISTS nu_pos_seal_update ON pos_payment;
CREATE TRIGGER nu_pos_seal_update BEFORE UPDATE ON pos_payment FOR EACH ROW
WHEN (
    NEW.pos_order_id IS DISTINCT FROM OLD.pos_order_id
    OR NEW.amount IS DISTINCT FROM OLD.amount
    OR NEW.payment_method_id IS DISTINCT FROM OLD.payment_method_id
    OR NEW.payment_date IS DISTINCT FROM OLD.payment_date
) EXECUTE FUNCTION nu_pos_seal_payment();

DROP TRIGGER IF EXISTS nu_pos_seal_rows ON pos_payment;
CREATE TRIGGER nu_pos_seal_rows BEFORE INSERT OR DELETE ON pos_payment
FOR EACH ROW EXECUTE FUNCTION nu_pos_seal_payment();

DROP TRIGGER IF EXISTS nu_pos_seal_update ON account_move;
CREATE TRIGGER nu_pos_seal_update BEFORE UPDATE ON account_move FOR EACH ROW
WHEN (
    OLD.nu_ncf_id IS NOT NULL AND OLD.state = 'posted' AND (
        NEW.state <> 'posted'
        OR NEW.nu_ncf_id IS DISTINCT FROM OLD.nu_ncf_id
        -- the copy of the number's text follows the number
        OR OLD.nu_ncf IS NOT NULL AND NEW.nu_ncf IS DISTINCT FROM OLD.nu_ncf
        OR NEW.nu_document_type_id IS DISTINCT FROM OLD.nu_document_type_id
        OR NEW.amount_untaxed IS DISTINCT FROM OLD.amount_untaxed
        OR NEW.amount_tax IS DISTINCT FROM OLD.amount_tax
        OR NEW.amount_total IS DISTINCT FROM OLD.amount_total
        OR NEW.invoice_date IS DISTINCT FROM OLD.invoice_date
        OR NEW.partner_id IS DISTINCT FROM OLD.partner_id
        OR NEW.nu_buyer_name IS DISTINCT FROM OLD.nu_buyer_name
        OR NEW.nu_buyer_vat IS DISTINCT FROM OLD.nu_buyer_vat
        OR NEW.nu_buyer_foreign_id IS DISTINCT FROM OLD.nu_buyer_foreign_id
        OR NEW.company_id IS DISTINCT FROM OLD.company_id
        OR NEW.move_type IS DISTINCT FROM OLD.move_type
    )
) EXECUTE FUNCTION nu_pos_seal_move();

DROP TRIGGER IF EXISTS nu_pos_seal_delete ON account_move;
CREATE TRIGGER nu_pos_seal_delete BEFORE DELETE ON account_move FOR EACH ROW
WHEN (OLD.nu_ncf_id IS NOT NULL) EXECUTE FUNCTION nu_pos_seal_move();

DROP TRIGGER IF EXISTS nu_pos_seal_table ON pos_order;
CREATE TRIGGER nu_pos_seal_table BEFORE TRUNCATE ON pos_order
FOR EACH STATEMENT EXECUTE FUNCTION nu_pos_seal_table();
DROP TRIGGER IF EXISTS nu_pos_seal_table ON pos_order_line;
CREATE TRIGGER nu_pos_seal_table BEFORE TRUNCATE ON pos_order_line
FOR EACH STATEMENT EXECUTE FUNCTION nu_pos_seal_table();
DROP TRIGGER IF EXISTS nu_pos_seal_table ON pos_payment;
CREATE TRIGGER nu_pos_seal_table BEFORE TRUNCATE ON pos_payment
FOR EACH STATEMENT EXECUTE FUNCTION nu_pos_seal_table();

DROP TRIGGER IF EXISTS nu_pos_seal_update ON nu_pos_ncf;
CREATE TRIGGER nu_pos_seal_update BEFORE UPDATE ON nu_pos_ncf FOR EACH ROW
WHEN (
    NEW.name IS DISTINCT FROM OLD.name
    OR NEW.company_id IS DISTINCT FROM OLD.company_id
    OR NEW.range_id IS DISTINCT FROM OLD.range_id
    OR NEW.sequence_number IS DISTINCT FROM OLD.sequence_number
    OR OLD.state = 'voided' AND NEW.state <> 'voided'
    OR OLD.state = 'issued' AND (
        NEW.state NOT IN ('issued', 'voided')
        OR NEW.pos_reference IS DISTINCT FROM OLD.pos_reference
        OR NEW.order_id IS DISTINCT FROM OLD.order_id
        OR NEW.move_id IS DISTINCT FROM OLD.move_id
        OR NEW.kind IS DISTINCT FROM OLD.kind
        OR NEW.amount_total IS DISTINCT FROM OLD.amount_total
        OR NEW.date_issued_day IS DISTINCT FROM OLD.date_issued_day
    )
) EXECUTE FUNCTION nu_pos_seal_number();
DROP TRIGGER IF EXISTS nu_pos_seal_delete ON nu_pos_ncf;
CREATE TRIGGER nu_pos_seal_delete BEFORE DELETE ON nu_pos_ncf
FOR EACH ROW EXECUTE FUNCTION nu_pos_seal_number();
