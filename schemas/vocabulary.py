"""What the properties of the shapes mean: one word, one meaning, one example.

A name that means the same on every shape stands in ``WORDS`` once. Where it means
something of its own on a shape it stands in ``OF_SHAPES`` under the shape that declares
it, or on the shape itself as ``Field(description=..., examples=[...])``, which counts
before both. Amounts are DOP unless said otherwise.
"""

#: Properties that hold shapes, or a list of them: the examples are theirs.
SHAPE = ()

#: {name: (meaning with its unit, example or ``SHAPE``)}
WORDS = {
    # -- Identity
    "access_token": (
        "Token to send as Authorization: Bearer until expires_in is over.",
        "eyJhbGciOi...",
    ),
    "refresh_token": (
        "Token that auth/refresh exchanges for a new pair, once.",
        "eyJhbGciOi...",
    ),
    "token_type": ("How the access token is sent.", "Bearer"),
    "expires_in": ("Seconds until it ends.", 3600),
    "login": ("Login name of an Odoo user.", "hub@demo.do"),
    "password": ("Password of that user.", "a secret"),
    "pin": ("PIN of the employee, digits.", "4321"),
    "badge": ("Code on the badge, as it is read.", "041234567"),
    "user": ("Who acts.", SHAPE),
    "users": ("Who may log in on the register.", SHAPE),
    "user_id": ("Id of the Odoo user; null for who has none.", 5),
    "role": ("Role on this register.", "cashier"),
    "role_label": ("Name of the role, in the user's language.", "Cashier"),
    "initials": ("Letters for the tile of the log-in screen.", "CM"),
    "has_pin": ("Whether a PIN is set that the API takes.", True),
    "has_badge": ("Whether a badge is set.", False),
    "employee_id": (
        "Id of the employee who serves or acts; null where nobody is named.",
        7,
    ),
    "employees": ("Who may log in on the register offline.", SHAPE),
    "permissions": (
        "What the person may do on this register, by permission.",
        {"payment": True, "refund": False},
    ),
    "max_discount": ("Greatest discount in percent; 0: no cap.", 15.0),
    "max_discount_pct": (
        "Greatest discount in percent, 0 to 100; null: no cap, 0: none at all.",
        15.0,
    ),
    "device_id": ("Name of the device, as it sends it in X-Device-Id.", "till-1"),
    "device_secret": (
        "Secret for X-Device-Secret. It is shown this once.",
        "q3Zl0cN8sV5yTtR2wXk7Ag",
    ),
    "platform": ("What the device runs on.", "android"),
    "app_version": ("Version that called last.", "1.2.0+42"),
    "last_seen": ("When it called last, in UTC.", "2026-11-21T18:05:00Z"),
    "has_secret": ("Whether a secret was made for it.", True),
    # -- Registers and records by id
    "id": ("Id of the record in the database.", 12),
    "uuid": (
        "Universally unique id, made by who made the record.",
        "1b4e28ba-2fa1-41d2-883f-0016d3cca427",
    ),
    "name": ("Name, as people read it.", "Barra 1"),
    "config_id": ("Id of the register (pos.config).", 1),
    "config": (
        "The register instead of config_id: its id, name, or an object of keys.",
        "Salón",
    ),
    "configs": ("Registers that the caller may use.", SHAPE),
    "company": ("The company of the register.", SHAPE),
    "company_id": ("Id of the company.", 1),
    "company_ids": ("Ids of the companies that the user may act in.", [1]),
    "session_id": ("Id of the register's session; null where none is open.", 42),
    "table_id": ("Id of the table; null for an order without one.", 5),
    "table": (
        "The table instead of table_id: its id, number, or an object of keys.",
        "12",
    ),
    "partner_id": ("Id of the buyer; null for a consumer who is not named.", 14),
    "customer": (
        "The buyer instead of partner_id: RNC, cédula, or an object of rnc, ref,"
        " barcode, phone, email, name.",
        {"rnc": "133782154"},
    ),
    "product_id": ("Id of the product (product.product).", 12),
    "product": (
        "The product instead of product_id: id, code, or an object of keys.",
        {"code": "D001"},
    ),
    "product_name": ("Name of the product when it was sold.", "Mofongo"),
    "payment_method_id": ("Id of the payment method.", 1),
    "payment_method": (
        "The method instead of payment_method_id: id, name, or an object of keys.",
        "Efectivo",
    ),
    "order_id": ("Id of the order (pos.order).", 9585),
    "invoice_id": ("Id of the invoice; null where none was made.", 301),
    "metadata": (
        "Free data of the client, kept and given back as it is; at most 50 keys.",
        {"screen": "bar"},
    ),
    # -- Orders
    "pos_reference": (
        "Name that the client gave the order, unique in the company; the same in each"
        " call about it.",
        "NU/CFG1/S42/1709123456789-3f7a",
    ),
    "order_ref": ("Id, uuid or pos_reference of the order.", "9585"),
    "created": ("True where this call made it, false where it was there.", True),
    "version": ("Grows by one with every change of the order.", 1),
    "base_version": (
        "Version of the order that the client worked from; refused with CONFLICT if it"
        " was changed since.",
        1,
    ),
    "mode": ("What kind of order it is; a sale is order.", "order"),
    "order_type": (
        "How it is served. The legal tip of 10 % is for dine_in only.",
        "dine_in",
    ),
    "step": (
        "What to do with the order, where the path does not say it: create or update a"
        " draft, pay what is there, all at once, ship (served), cancel.",
        "all",
    ),
    "replace": (
        "Give back the number of another type that the order holds, and take one of"
        " this type.",
        False,
    ),
    "replaced": ("The number that the order held before.", SHAPE),
    "guest_count": ("Guests at the table.", 2),
    "check_alias": ("Name by which the staff call the check.", "Cumpleaños"),
    "ticket_number": ("Number that the client printed on its ticket.", "042"),
    "tracking_number": ("Short number to call the order out by.", "042"),
    "staff_name": ("Name of who served, as the client writes it.", "Carmen"),
    "kitchen_status": (
        "Where the order is in the kitchen: open, sent, changed after it was sent, or"
        " paid.",
        "sent",
    ),
    "kitchen_item_status": ("Where the line is in the kitchen, a text.", "ready"),
    "kitchen_bumped_at": (
        "When the kitchen took it off its screen, as the client writes it.",
        "2026-11-21T14:20:00-04:00",
    ),
    "date_order": (
        "When it was sold, ISO 8601 with an offset. A clock that is too far off is"
        " replaced by the server's, with a warning.",
        "2026-11-21T14:03:22-04:00",
    ),
    "created_at": ("When it was made, with offset.", "2026-11-21T18:03:25+00:00"),
    "updated_at": ("When it was changed last.", "2026-11-21T18:03:25+00:00"),
    "served_at": ("When it was served; null before.", "2026-11-21T18:30:00+00:00"),
    "source": ("Channel that the order came by.", "qr-menu"),
    "external_id": ("Id of the order in another system.", "WEB-10021"),
    "device": ("Name of the device that wrote it last.", "till-1"),
    "items_count": ("Sum of the quantities of its lines.", 3.0),
    "line_id_map": (
        "Database id of each line by the id that the client gave it.",
        {"client-line-1": 12345},
    ),
    "client_id": ("The id that the client gave it; null if none.", "client-line-1"),
    "lines": ("The lines, in order.", SHAPE),
    "payments": ("The payments.", SHAPE),
    "approvals": ("Approvals of a second person that this act needs.", SHAPE),
    "orders": ("The orders.", SHAPE),
    "warnings": ("What did not stop it but should be looked at.", SHAPE),
    # -- Lines
    "qty": (
        "Quantity in the product's unit; two decimals, three where it is weighed.",
        2,
    ),
    "quantity": ("Quantity in the product's unit, positive.", 1.0),
    "price_unit": (
        "Price of one unit before discounts, without the taxes that are not included"
        " in prices; left out, by the price list.",
        450.0,
    ),
    "price_subtotal": ("Amount of the line without taxes.", 900.0),
    "price_subtotal_incl": ("Amount of the line with taxes and legal tip.", 1152.0),
    "discount": ("Discount of the line in percent, 0 to 100.", 10),
    "check_discount": (
        "Discount of the whole order in percent, 0 to 100; multiplies with that of"
        " each line.",
        0,
    ),
    "tax_ids": ("Ids of the taxes.", [38]),
    "note": ("Note for the kitchen.", "sin cebolla"),
    "customer_note": ("Note that is printed for the customer.", "Sin gluten"),
    "is_voided": (
        "Whether the line was taken off: it stands, and costs nothing.",
        False,
    ),
    "void_reason": ("Why it was taken off or annulled.", "Se cayó el plato"),
    # -- Amounts
    "amount_total": ("Total with taxes and legal tip.", 1152.0),
    "amount_tax": ("Taxes and legal tip together.", 252.0),
    "amount_itbis": ("ITBIS of the order.", 162.0),
    "amount_tip": ("Legal tip of 10 %.", 90.0),
    "amount_paid": ("Amount paid, change taken off.", 1152.0),
    "amount_return": ("Change given.", 48.0),
    "amount": ("Amount.", 1152.0),
    # -- Payments
    "is_credit": (
        "Whether it goes on the customer's account, within his credit limit.",
        False,
    ),
    "is_change": ("Whether it is change given: amount is negative.", False),
    "transaction_id": ("Number of the card terminal's transaction.", "004512"),
    "card_type": ("Kind of card.", "credit"),
    "card_brand": ("Brand of the card.", "visa"),
    "card_no": ("Last four digits of the card.", "4242"),
    # -- Fiscal
    "fiscal": ("The document's number and what is printed of it; null if none.", SHAPE),
    "fiscal_type": (
        "Type of fiscal document by its code (B02, E32), or a word; left out, the"
        " buyer's or the register's default.",
        "B02",
    ),
    "fiscal_type_code": ("Type of the number, its first three characters.", "B02"),
    "reference": ("The number, NCF or e-NCF.", "B0200000160"),
    "modified_reference": (
        "Number of the document that a note modifies; null for others.",
        "B0200000160",
    ),
    "expiration_date": (
        "Last day of use in Santo Domingo; null for types without expiry.",
        "2027-12-31",
    ),
    "security_code": (
        "Six characters of an e-CF's signature, to be printed; null on paper series.",
        "aB3xY9",
    ),
    "qr_url": (
        "Address that the QR code of an e-CF holds; null on paper series.",
        "https://ecf.dgii.gov.do/ecf/ConsultaTimbre?RncEmisor=131246796",
    ),
    "legend": (
        "Text to print as long as it is there: DGII has not got the e-CF yet.",
        "Comprobante emitido en contingencia",
    ),
    "issued_at": ("When the number was issued, in UTC.", "2026-11-21T16:30:05Z"),
    "issued_on": ("Day of issue in Santo Domingo.", "2026-11-21"),
    "signed_at": (
        "Fecha de Firma Digital of an e-CF, in UTC; null on paper series.",
        "2026-11-21T16:30:05Z",
    ),
    "taxes": ("The taxes.", SHAPE),
    "buyer": ("Whom the document names; null for a consumer who is not named.", SHAPE),
    "rnc": ("RNC (9 digits) or cédula (11 digits).", "131246796"),
    "foreign_id": ("Passport or other identity of a foreigner.", "P1234567"),
    "reason": ("Why, in words; kept in the audit.", "No gustó"),
    "reason_code": (
        "Reason of DGII's format 608, 01 to 10: 05 is Cambio de productos.",
        "05",
    ),
    "delivered": (
        "False: the receipt never left the house; its number is annulled instead of"
        " being answered by a note.",
        True,
    ),
    "printed": (
        "Whether a customer has seen the number: it is annulled instead of used again.",
        False,
    ),
    "remaining": ("Numbers that are still free.", 840),
    "range_id": ("Id of the range that the number is of.", 9),
    "number_state": ("State of the number in the ledger.", "issued"),
    # -- Returns
    "refund": ("The return that was made; null where there was no sale.", SHAPE),
    "refund_id": ("Id of the order that is the return.", 9590),
    "resolution": ("What became of the order.", "refund"),
    "original": ("The order that came back.", SHAPE),
    "line_id": ("Database id of the line.", 12345),
    "original_line_id": ("Database id of the line that came back.", 12345),
    "restock": ("Whether the goods go back to stock; they always do.", True),
    "restocked": ("Whether the goods went back to stock.", True),
    "success": ("True; for clients of the older answer.", True),
    "credit_note_id": ("Id of the order that is the return.", 9590),
    # -- Batches
    "message_id": ("Name that the hub gave the message.", "hub-1-000042"),
    "results": ("One for each order, in the order of the message.", SHAPE),
    "index": ("Place of the order in the message, from 0.", 0),
    # -- Problems
    "status": ("ok: it was done.", "ok"),
    "code": ("Stable code.", "TOTALS_MISMATCH"),
    "title": ("What the code means, a sentence.", "Totals do not match"),
    "detail": (
        "What happened here, for people.",
        "amount_total: Odoo computes 1152.50",
    ),
    "error": ("The same as detail.", "amount_total: Odoo computes 1152.50"),
    "errors": ("One for each wrong field.", SHAPE),
    "path": ("The field it is about.", "lines[0].qty"),
    "message": ("What is the matter with it.", "unknown field"),
    "given": ("What was sent, as a text.", "1152.00"),
    "expected": ("What would be right, as a text.", "1152.50"),
    "retryable": ("Whether the very same request may succeed later.", False),
    "request_id": ("Name of the request in the server's log.", "till-1-000017"),
    "quarantined": (
        "Of a sale that is paid: true, it is kept here for a manager; false, keep it.",
        True,
    ),
    "quarantine_id": ("Where a quarantined sale is kept.", 31),
    # -- Lists
    "data": ("What was asked for.", SHAPE),
    "pagination": ("Where this page stands in the list.", SHAPE),
    "page": ("Number of the page, from 1.", 1),
    "per_page": ("Records of a page.", 50),
    "cursor": (
        "pagination.next_cursor of the page before, instead of page.",
        "WzE3NjM3MTIwMDAsIDk1ODVd",
    ),
    "next_cursor": (
        "cursor of the next page; null on the last one.",
        "WzE3NjM3MTIwMDAsIDk1ODVd",
    ),
    "has_more": ("Whether there is a next page.", True),
    "total": ("Records of all pages; null on a page reached by cursor.", 120),
    "total_pages": ("Number of pages; null on a page reached by cursor.", 3),
    "updated_since": (
        "Only what changed at or after this moment, ISO 8601 with an offset.",
        "2026-11-21T00:00:00-04:00",
    ),
    "fiscal_number": ("Only the order with this NCF or e-NCF.", "B0200000160"),
    "date_from": ("First day of issue, in Santo Domingo.", "2026-11-01"),
    "date_to": ("Last day of issue, in Santo Domingo.", "2026-11-30"),
    "format": ("Paper: a ticket of 80 mm, or A4.", "ticket"),
    # -- Bootstrap
    "sections": (
        "Only these parts, beside user, register and company.",
        ["catalogue", "partners"],
    ),
    "since": (
        "generated_at of an earlier answer: of products and customers only what"
        " changed since is sent.",
        "2026-11-21T10:00:00-04:00",
    ),
    "generated_at": (
        "When the answer was made, in UTC; the since of the next call.",
        "2026-11-21T14:00:00Z",
    ),
    "email": ("E-mail address.", "cuentas@example.com"),
    "phone": ("Telephone number.", "+1 809-555-0115"),
    "currency": ("Currency of the register.", SHAPE),
    "payment_methods": ("Payment methods of the register.", SHAPE),
    "credit_limit": ("How much the customer may owe; 0: no credit.", 5000.0),
    "sequence": ("Place in the order of the list, lowest first.", 10),
    "color": ("Number of the colour in Odoo's palette, 0 to 11.", 3),
    "category_ids": ("Ids of the categories of the point of sale.", [4]),
    "nu_hub_enabled": ("Whether terminals of the register work through a hub.", True),
    "nu_hub_url": (
        "Address of the hub; null where none is set.",
        "http://10.0.0.5:8080",
    ),
    "nu_hub_fallback_ip": ("Address where the hub is looked for else.", "10.0.0.5"),
    "nu_terminal_mode": ("Whether terminals are tills or kitchen screens.", "pos"),
    "nu_login_method": ("How the staff log in.", "pin"),
    "product_ids": ("Ids of all products there are, so that others are dropped.", [12]),
    "partner_ids": (
        "Ids of all customers there are, so that others are dropped.",
        [14],
    ),
    "parent_id": ("Id of the record above it; null at the top.", 1),
    # -- Ranges
    "first_number": ("First sequence number that DGII authorised.", 1),
    "last_number": ("Last sequence number that DGII authorised.", 1000),
    "authorization": ("Number of DGII's authorisation.", "2310000012"),
    "dedicated_to": ("Id of the only register that takes from it; null: all.", 1),
    "warning_numbers": ("Warn when so few numbers are left.", 100),
    "warning_days": ("Warn so many days before the expiry.", 30),
}

#: {shape that declares it: {name: (meaning with its unit, example or ``SHAPE``)}}
OF_SHAPES = {
    "Health": {
        "time": ("The server's clock, in UTC.", "2026-11-21T18:05:00Z"),
    },
    "OpenApi": {
        "openapi": ("Version of the OpenAPI specification.", "3.1.0"),
        "info": ("Title, version and introduction.", {"title": "Restaurant POS"}),
        "paths": ("Operations by path and method.", {"/pos-api/v1/health": {}}),
        "components": ("Shapes, parameters, headers, examples.", {"schemas": {}}),
    },
    # -- Identity
    "Login": {
        "config_id": ("Id of the register to log in on; needed for PIN and badge.", 1),
        "device_id": ("As X-Device-Id, which is preferred.", "till-1"),
    },
    "User": {
        "id": ("Id of the user who acts (res.users).", 9),
        "name": ("Name of the employee, else of the user.", "Carmen Mejía"),
    },
    "PosUser": {
        "id": ("Id of the employee.", 7),
        "name": ("Name of the person.", "Carmen Mejía"),
    },
    "Tile": {
        "id": ("Id to send as employee_id.", 7),
        "name": ("Name of the person.", "Carmen Mejía"),
    },
    "OfflineEmployee": {
        "name": ("Name of the person.", "Carmen Mejía"),
        "pin": ("Salted hash of the PIN; null where none is set.", SHAPE),
        "badge": ("Salted hash of the badge; null where none is set.", SHAPE),
    },
    "SaltedHash": {
        "salt": ("Salt, base64.", "2vQ8mZr0b1xYkT4hJ9wLcA=="),
        "hash": ("scrypt of the text with the salt, base64.", "k3J9x0b2c1d4e5f6a7b8="),
    },
    "HashAlgorithm": {
        "name": ("Name of the function.", "scrypt"),
        "encoding": ("How salt and hash are written.", "base64"),
        "n": ("Cost of scrypt.", 16384),
        "r": ("Block size of scrypt.", 8),
        "p": ("Parallelisation of scrypt.", 1),
        "dklen": ("Length of the hash, in bytes.", 32),
    },
    "OfflineAuthAnswer": {
        "algorithm": ("How the hashes were made.", SHAPE),
    },
    "Company": {"name": ("Name of the company.", "Sabores del Conde, SRL")},
    "Register": {"name": ("Name of the register.", "Salón")},
    "Device": {
        "state": ("A revoked device is refused on its next call.", "active"),
        "config_id": ("Id of the register it is bound to; null: none.", 1),
        "platform": ("What it runs on, as it was registered.", "android"),
    },
    "DeviceAnswer": {"device": ("The device.", SHAPE)},
    "MeAnswer": {
        "device": ("The registered device of the token; null for others.", SHAPE),
        "config_id": ("Id of the device's register; null: none.", 1),
        "company": ("The company that the token acts in.", SHAPE),
    },
    # -- Approvals
    "ApprovalRequest": {
        "type": ("The act to let through.", "discount_over_limit"),
        "amount": (
            "The most it covers: percent for discount_over_limit, else DOP.",
            25,
        ),
        "employee_id": ("Id of the employee who approves, with pin.", 7),
        "login": ("Login name of the user who approves, with password.", "gerente"),
    },
    "ApprovalUse": {
        "type": ("The act it was given for.", "reprint"),
        "token": ("approval_token of the answer.", "2vQ8mZr0b1xYkT4hJ9wLcA"),
    },
    "ApprovalAnswer": {
        "approval_token": (
            "Token to send with the act. It is shown this once.",
            "2vQ8mZr0b1xYkT4hJ9wLcA",
        ),
        "approval_id": ("Id of the approval.", 18),
        "type": ("The act it lets through.", "discount_over_limit"),
        "expires_in": ("Seconds until the approval ends.", 600),
        "approver": ("Who approved.", SHAPE),
    },
    "Approver": {
        "id": ("Id of the employee; null for a user who is none.", 7),
        "name": ("Name of who approved.", "Gloria Gerente"),
    },
    # -- Orders
    "Line": {
        "id": (
            "Id that the client gives the line, unique in the order.",
            "client-line-1",
        ),
        "tax_ids": (
            "Ids of the taxes of the line. Leave it out to take the product's, as the"
            " order type changes them; an empty list is no tax at all.",
            [38],
        ),
        "note": ("Note for the kitchen, up to 256 characters.", "sin cebolla"),
    },
    "Payment": {
        "id": ("Id that the client gives the payment.", "pay-1"),
        "amount": ("What is handed over, change included; two decimals.", 1200.0),
    },
    "Snapshot": {
        "session_id": ("Id of the session; left out, the open one.", 42),
        "lines": ("All lines of the order, at most 500.", SHAPE),
        "payments": ("What the guests hand over, at most 50. Without: a draft.", SHAPE),
        "fiscal_type": (
            "Type of fiscal document by its code (B02, E32), which is never changed"
            " into another, or a word (consumo, credito_fiscal); left out, the buyer's"
            " or the register's default.",
            "B02",
        ),
        "amount_total": (
            "Total with taxes and legal tip as the client reckons it; compared to half"
            " a cent.",
            1152.0,
        ),
        "amount_tax": (
            "Taxes and legal tip as the client reckons them; compared to one and a"
            " half cents.",
            252.0,
        ),
        "amount_paid": ("Sum of the payments, change included.", 1200.0),
        "amount_return": ("Change as the client reckons it.", 48.0),
        "note": ("Note about the order, up to 256 characters.", "Mesa de la ventana"),
        "uuid": (
            "Universally unique id of the order, if the client makes one.",
            "1b4e28ba-2fa1-41d2-883f-0016d3cca427",
        ),
    },
    "Batch": {
        "config_id": ("Id of the register for orders that name none.", 1),
        "orders": ("Orders, at most 500; each is judged by itself.", SHAPE),
    },
    "BatchAnswer": {
        "status": ("ok: all went well; partial: some; error: none.", "ok"),
    },
    "BatchDone": {
        "status": ("ok: this order went well.", "ok"),
        "state": ("State of the order.", "paid"),
    },
    "BatchRefused": {
        "status": ("error: this order was refused.", "error"),
        "pos_reference": (
            "As sent, whatever it was; null when there was none.",
            "NU/CFG1/S42/1709123456789-3f7a",
        ),
    },
    "OrderAnswer": {"state": ("State of the order.", "paid")},
    "OrderSummary": {
        "state": ("State of the order.", "paid"),
        "status": ("The same as state.", "paid"),
    },
    "OrderDetail": {"note": ("Note about the order.", "Mesa de la ventana")},
    "OrderLine": {
        "name": ("Name of the product when it was sold.", "Mofongo"),
        "tax_ids": ("Ids of the taxes that were charged.", [38]),
        "discount": ("Discount in percent, that of the order included.", 10.0),
    },
    "OrderPayment": {
        "type": ("Kind of the payment method.", "cash"),
        "amount": ("Amount; negative for change and on a return.", 1200.0),
    },
    "Reservation": {
        "fiscal_type": ("Type of the number by its code, or a word.", "B02"),
    },
    "CreditCheck": {
        "partner_id": ("Id of the customer.", 14),
        "amount": ("What is to go on the account.", 3000.0),
    },
    "CreditCheckAnswer": {
        "partner_id": ("Id of the customer.", 14),
        "eligible": ("Whether the amount fits into the available credit.", True),
        "current_balance": (
            "What the customer owes, with what is not booked yet.",
            0.0,
        ),
        "available_credit": ("Limit less balance.", 5000.0),
    },
    "RncCheck": {"rnc": ("RNC or cédula, with or without dashes.", "1-31-24679-6")},
    "RncAnswer": {
        "rnc": ("In digits where it is valid, else as sent.", "131246796"),
        "valid": ("Whether it has the form of an RNC or cédula.", True),
        "kind": ("Which of the two it is; null if it is neither.", "rnc"),
        "formatted": ("As people write it.", "1-31-24679-6"),
        "check_digit_ok": (
            "Whether the check digit is right; DGII has some wrong.",
            True,
        ),
        "found": ("Whether DGII's list names it.", True),
        "name": ("Legal name by DGII's list.", "SABORES DEL CONDE SRL"),
        "trade_name": ("Trade name by DGII's list.", "SABORES DEL CONDE"),
        "activity": ("Economic activity by DGII's list.", "RESTAURANTES"),
        "state": ("State by DGII's list, in Spanish.", "ACTIVO"),
        "active": ("Whether that is ACTIVO; null if it was not found.", True),
        "regime": ("Payment regime by DGII's list.", "NORMAL"),
        "start_date": ("Start of operations by DGII's list.", "2015-03-01"),
        "partner_id": ("Id of the customer who has it already; null: nobody.", 14),
    },
    "PaymentMethod": {
        "name": ("Name of the method.", "Efectivo"),
        "type": ("Kind, for the API and DGII.", "cash"),
    },
    # -- Fiscal
    "Fiscal": {
        "title": ("Title of the receipt, in Spanish.", "FACTURA DE CONSUMO"),
        "state": ("State of the number in the ledger.", "issued"),
        "taxes": (
            "Base and amount by tax; null for invoices of the back office.",
            SHAPE,
        ),
    },
    "ReplacedNumber": {"state": ("State of the number in the ledger.", "released")},
    "TaxTotal": {
        "kind": ("Which tax; tip is the legal tip.", "itbis"),
        "rate": ("Rate in percent.", 18.0),
        "base": ("What it was reckoned from; negative on a credit note.", 500.0),
        "amount": ("The tax; negative on a credit note.", 90.0),
    },
    "Buyer": {
        "name": ("Name of the buyer, as the document has it.", "Hotel Bahía, SRL"),
    },
    "Warn": {
        "code": ("Stable code of the warning.", "UNKNOWN_FIELD"),
        "message": ("What is odd about it.", "unknown field, ignored"),
    },
    "DocumentQuery": {
        "state": ("Only documents in this state.", "pending"),
        "type": ("Only documents of this type, by its code.", "E32"),
        "session_id": ("Only documents of this session.", 42),
    },
    "OrderQuery": {
        "state": ("Only orders in this state.", "paid"),
        "table_id": ("Only orders of this table.", 5),
        "session_id": ("Only orders of this session.", 42),
        "pos_reference": (
            "Only the order of this name.",
            "NU/CFG1/S42/1709123456789-3f7a",
        ),
    },
    "SequenceQuery": {
        "state": ("Only ranges in this state.", "active"),
        "fiscal_type": ("Only ranges of this type, by its code.", "B02"),
    },
    "DocumentRequest": {
        "fiscal_type": ("Type of the new document, by its code.", "B01"),
    },
    "DocumentOut": {
        "id": ("Id of the number in the ledger.", 160),
        "kind": ("What kind of document it is.", "sale"),
        "state": ("What DGII knows of it; paper receipts are issued.", "issued"),
        "order_id": ("Id of the order; null for invoices.", 9585),
    },
    "DocumentDetail": {
        "environment": ("DGII's environment it was signed for.", "ecf"),
        "transmission_state": ("Where it stands on its way to DGII.", "accepted"),
        "track_id": (
            "DGII's name of the transmission (TrackId).",
            "d2f1c9a0-6c3e-4b0e-9a57-0d5a7b1f8c11",
        ),
        "attempts": ("How often it was sent.", 1),
        "sent_at": ("When it was sent, in UTC.", "2026-11-21T16:30:09Z"),
        "answered_at": ("When DGII answered, in UTC.", "2026-11-21T16:30:12Z"),
        "last_error": ("What went wrong last; null if nothing.", "timeout"),
        "messages": ("What DGII said, as it said it.", SHAPE),
    },
    "DocumentMessage": {
        "code": ("DGII's number of the message.", "613"),
        "text": ("DGII's words.", "Secuencia ya utilizada"),
    },
    "DocumentIssuedAnswer": {
        "note": (
            "Number of the note that answered the first receipt; null: none.",
            "B0400000007",
        ),
    },
    # -- Returns
    "RefundLine": {
        "id": ("Id that the terminal gave the line.", "client-line-1"),
        "uuid": ("uuid of the line.", "1b4e28ba-2fa1-41d2-883f-0016d3cca427"),
        "qty": ("How much comes back; left out, all that is left.", 1),
    },
    "Refund": {
        "pos_reference": ("Name of the return itself.", "NU/CFG1/S42/R-0001"),
        "config_id": ("Id of the register that pays; left out, the original's.", 1),
        "lines": ("What comes back; left out, all that is left.", SHAPE),
        "payments": ("How money goes back; left out, as it came.", SHAPE),
    },
    "Cancel": {
        "pos_reference": ("Name of the return itself.", "NU/CFG1/S42/R-0001"),
        "payments": ("How money goes back; left out, as it came.", SHAPE),
    },
    "ReturnedLine": {
        "line_id": ("Database id of the line of the return.", 12350),
        "amount": ("Amount with taxes, negative.", -249.6),
        "price_unit": ("Price of one unit when it was sold.", 195.0),
    },
    "PaidBack": {
        "type": ("Kind of the payment method.", "cash"),
        "amount": ("Amount paid back, negative.", -249.6),
    },
    "CreditedLine": {"price_unit": ("Price of one unit when it was sold.", 195.0)},
    # -- Problems
    "Problem": {
        "type": (
            "Name of the problem (RFC 9457).",
            "urn:nu-restaurant-pos:errors:totals-mismatch",
        ),
        "status": ("The HTTP status.", 422),
        "fiscal_type": ("The type there is no number of.", "B01"),
        "permission": ("What the caller lacks.", "refund"),
        "min_client_version": ("The oldest version that is served.", "1.2.0"),
    },
    # -- Ranges
    "NewSequence": {
        "fiscal_type": ("Type of the numbers, by its code.", "B02"),
    },
    "SequenceChange": {
        "state": ("closed: no more numbers are taken of it; open: again.", "closed"),
    },
    "SequenceOut": {
        "fiscal_type": ("Type of the numbers, by its code.", "B02"),
        "prefix": ("What the numbers begin with.", "B02"),
        "next_number": ("Sequence number that is taken next.", 161),
        "next_reference": (
            "Number that is taken next; null: none left.",
            "B0200000161",
        ),
        "used_percent": ("Share of the range that is used, in percent.", 16.0),
        "days_left": ("Days until the last day of use; null without expiry.", 400),
        "state": ("Whether numbers are taken of it.", "active"),
        "alert": ("What the owner should know; empty: nothing.", ["low"]),
    },
    # -- Bootstrap
    "BootCompany": {
        "name": ("Name of the company.", "Sabores del Conde, SRL"),
        "address": ("Address, in one line.", "Calle El Conde 12, Santo Domingo"),
        "ecf": ("Trouble with electronic receipts; null: none.", SHAPE),
        "series_b": ("That series B has ended for the company; null: not.", SHAPE),
        "tax_calculation_rounding_method": (
            "Whether taxes are rounded for each line or once for the document.",
            "round_globally",
        ),
    },
    "EcfTrouble": {
        "contingency": ("Kind of contingency; null: none is open.", "offline"),
        "since": ("When it began, in UTC; null: none.", "2026-11-21T14:00:00Z"),
        "limit": ("When it has to be over, in UTC.", "2026-11-24T14:00:00Z"),
        "waiting": ("Documents that DGII has not got yet.", 3),
        "rejected": ("Documents that DGII refused and nobody corrected.", 0),
        "late": ("Whether one waits for more than 72 hours.", False),
    },
    "SeriesB": {
        "until": ("Last day of series B for the company.", "2026-11-15"),
        "norm": ("The norm that says so.", "Ley 32-23, art. 37"),
    },
    "Currency": {
        "name": ("ISO code.", "DOP"),
        "symbol": ("Symbol to print.", "RD$"),
        "rounding": ("Smallest unit.", 0.01),
    },
    "Preset": {
        "name": ("Name of the way of serving.", "Comer aquí"),
        "fiscal_position_id": ("Id of the fiscal position it applies.", 2),
        "is_default": ("Whether orders that name none have it.", True),
    },
    "Table": {
        "table_number": ("Number of the table.", 12),
        "seats": ("Seats at the table.", 4),
        "shape": ("Form on the floor plan.", "square"),
        "position_h": ("Pixels from the left.", 120.0),
        "position_v": ("Pixels from the top.", 80.0),
        "width": ("Width in pixels.", 90.0),
        "height": ("Height in pixels.", 90.0),
        "color": ("Colour as CSS writes it.", "#35D374"),
        "parent_id": ("Id of the table it is joined to; null: none.", 4),
        "state": ("Whether an open check stands at it.", "occupied"),
        "orders": ("Open checks at the table.", SHAPE),
    },
    "Floor": {
        "name": ("Name of the floor.", "Terraza"),
        "background_color": ("Colour as CSS writes it.", "rgb(249,250,251)"),
        "tables": ("Tables of the floor.", SHAPE),
    },
    "BootRegister": {
        "name": ("Name of the register.", "Salón"),
        "default_partner_id": ("Id of the buyer of orders that name none.", 15),
        "default_fiscal_type": ("Type of sales that name none.", "B02"),
        "invoice_policy": (
            "Whether every sale gets an invoice, or those of identified buyers.",
            "identified",
        ),
        "restrict_price_control": ("Whether changed prices need a right.", True),
        "receipt_header": ("Text at the top of receipts.", "Sabores del Conde"),
        "receipt_footer": ("Text at the foot of receipts.", "¡Gracias!"),
        "presets": ("Ways of serving.", SHAPE),
        "floor_plan": ("Floors with their tables.", SHAPE),
    },
    "CoreData": {"pos_users": ("Who may log in on the register.", SHAPE)},
    "Tax": {
        "name": ("Name of the tax.", "ITBIS 18%"),
        "amount": ("Rate in percent; a group charges its children.", 18.0),
        "amount_type": ("How it is reckoned: percent, group, ...", "percent"),
        "price_include": ("Whether prices include it.", False),
        "include_base_amount": (
            "Whether later taxes are reckoned from it, too.",
            False,
        ),
        "is_base_affected": ("Whether earlier taxes count in its base.", True),
        "children_tax_ids": ("Ids of the taxes of a group.", [3, 4]),
        "is_tip": ("Whether it is the legal tip.", False),
    },
    "FiscalPosition": {
        "name": ("Name of the fiscal position.", "Para llevar"),
        "takeout": ("Whether the preset of takeout has it.", True),
    },
    "FiscalPositionTax": {
        "position_id": ("Id of the fiscal position.", 2),
        "tax_src_id": ("Id of the product's tax.", 38),
        "tax_dest_id": ("Id of the tax that takes its place; false: none.", 3),
    },
    "Category": {"name": ("Name of the category.", "Platos fuertes")},
    "Product": {
        "product_tmpl_id": ("Id of its template (product.template).", 11),
        "name": ("Name of the product.", "Mofongo"),
        "code": ("Internal reference.", "D012"),
        "barcode": ("Barcode.", "7460123456789"),
        "price": ("Price of one unit by the register's price list.", 450.0),
        "tax_ids": ("Ids of its taxes.", [38]),
        "uom": ("Name of its unit.", "Units"),
        "to_weight": ("Whether it is weighed: three decimals.", False),
        "type": ("Kind of product in Odoo.", "consu"),
        "favorite": ("Whether it is shown first.", False),
    },
    "Partner": {
        "name": ("Name of the customer.", "Hotel Bahía Escondida, SRL"),
        "fiscal_type": ("Type that the customer gets by default.", "B01"),
    },
    "FiscalType": {
        "code": ("Code of the type.", "B02"),
        "name": ("Name of the type.", "Consumer invoice"),
        "electronic": ("Whether it is of the electronic series.", False),
        "buyer": (
            "Who has to be named: required (RNC or cédula), threshold (from RD$250,000"
            " on), special (RNC or foreign identity, and name), name, optional, none.",
            "threshold",
        ),
        "exempt": ("Whether its sales bear no ITBIS.", False),
        "remaining": ("Numbers that are left.", 840),
        "expiration_date": (
            "Last day of use of the numbers in use; null without expiry.",
            "2027-12-31",
        ),
    },
    "DiscountPreset": {
        "name": ("Name of the discount.", "Empleados"),
        "type": ("Fixed or open, in percent or DOP.", "fixed_percent"),
        "applies_to": ("A line, the check, or both.", "check"),
        "value": ("Percent or DOP, by type.", 10.0),
        "editable": ("Whether the value may be changed when it is given.", False),
    },
    "Printer": {
        "name": ("Name of the printer.", "Cocina"),
        "type": ("How it is reached.", "epson_epos"),
        "address": ("IP address.", "10.0.0.7"),
        "category_ids": ("Ids of the categories that it prints.", [4]),
    },
    "Note": {"name": ("Text of the note.", "Sin sal")},
    "BootstrapAnswer": {
        "company": ("The company of the register.", SHAPE),
        "config": ("The register.", SHAPE),
        "pos_core_data": ("Staff of the register.", SHAPE),
        "fiscal_positions": ("Fiscal positions of the presets.", SHAPE),
        "fiscal_position_taxes": ("What taxes become in them.", SHAPE),
        "categories": ("Categories of the point of sale.", SHAPE),
        "products": ("Products of the register.", SHAPE),
        "partners": ("Customers, at most nu_pos.bootstrap_partners of them.", SHAPE),
        "fiscal_types": ("Types a sale may ask for, with what is left.", SHAPE),
        "discount_presets": ("Discounts that may be given.", SHAPE),
        "printers": ("Kitchen printers.", SHAPE),
        "notes": ("Ready notes for the kitchen.", SHAPE),
    },
}


def describe(shape: type, properties: dict) -> None:
    """Give the properties of a shape, as JSON Schema, their meaning and example."""
    for name, schema in properties.items():
        meaning, example = _meaning(shape, name)
        # of a value that may be null, the type may bring its own
        of_types = [choice.get("description") for choice in schema.get("anyOf", ())]
        if meaning and not any(of_types):
            schema.setdefault("description", meaning)
        if example != SHAPE:
            schema.setdefault("examples", [example])


def _meaning(shape, name):
    for declaring in shape.__mro__:
        found = OF_SHAPES.get(declaring.__name__, {}).get(name)
        if found:
            return found
        if name in declaring.__dict__.get("__annotations__", {}):
            break
    return WORDS.get(name, ("", SHAPE))
