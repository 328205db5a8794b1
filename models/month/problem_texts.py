"""Texts of the problems of a report, by code; ``_`` is ``env._`` for short lines.

The codes are those of ``fiscal.reports`` and of ``report_checks``.
"""
# pylint: disable=prefer-env-translation


def problem_texts(env) -> dict[str, tuple[str, str]]:
    """Map each code to what is wrong and what to do, in the user's language."""
    return {**_documents(env), **_numbers(env), **_values(env), **_alerts(env)}


def _alerts(env):
    """What DGII's validator of the 606 tells, and the norms of 2026."""
    _ = env._
    accountant = _("Confirm the rate with your accountant, then change the tax.")
    return {
        "INFORMAL_RNC": (
            _("A receipt of purchases names a company (RNC of 9 digits)"),
            _("It is for persons without receipts: ask a company for its own."),
        ),
        "PAYMENT_MONTH": (
            _("It was paid in another month"),
            _("Correct the day of payment, or report it in the month of payment."),
        ),
        "PAYMENT_EARLY": (
            _("It was paid before the date of the receipt"),
            _("Compare the day of payment with the date of the receipt."),
        ),
        "NOT_WITHHELD": (
            _("A person was paid and none of the ITBIS is withheld"),
            _("Withhold 100 % of it (NG 02-05; NG 05-2019 art. 7)."),
        ),
        "OWN_SUPPLIER": (
            _("The supplier has the company's own RNC"),
            _("Write the supplier's RNC on the contact or choose another."),
        ),
        "OLD_NUMBER": (
            _("Numbers of 19 positions ended on 30-04-2018"),
            _("Write the number of 11 or 13 positions that the receipt has."),
        ),
        "SUPPLIER_SERIES_B": (
            _("The supplier is to issue e-CF and gave a receipt of series B"),
            _("Ask for an e-CF: series B is good in a contingency only."),
        ),
        "WITHHELD_30": (
            _("30 % of the ITBIS is withheld of a company that gave an e-CF"),
            _("NG 02-2026 leaves it out. Confirm it with your accountant."),
        ),
        "ISR_15": (
            _("10 % of ISR on a rent or fee: 15 % since 01-07-2026 (Ley 30-26)"),
            accountant,
        ),
        "ISR_3": (
            _("2 % of ISR on a service: 3 % since 01-07-2026 (Ley 30-26)"),
            accountant,
        ),
        "ISR_ABROAD": (
            _("27 % of ISR abroad: software, advertising and royalties bear 15 %"),
            accountant,
        ),
    }


def _documents(env):
    _ = env._
    return {
        "REPORTER": (
            _("The company has no RNC"),
            _("Write 9 or 11 digits in the tax id of the company."),
        ),
        "BUYER_REQUIRED": (
            _("The buyer's RNC or cédula is missing"),
            _("Give the order or invoice a customer with RNC or cédula."),
        ),
        "IDENTITY": (
            _("RNC or cédula does not have 9 or 11 digits"),
            _(
                "Of a bill, correct the tax id of the contact. Of what you issued, "
                "give it back and issue it to the right one."
            ),
        ),
        "EXPENSE_TYPE": (
            _("The type of expense is missing"),
            _("Choose one of the eleven types on the bill."),
        ),
        "NO_RNC": (
            _("The supplier has no RNC or cédula"),
            _("Write the tax id of the contact."),
        ),
        "LATE_NOTE": (
            _("The ITBIS of a note of more than 30 days is not deducted"),
            _("The return counts it as due: book it to an expense."),
        ),
        "NO_NCF": (
            _("The bill has no NCF, so it is not in the file"),
            _("Write the supplier's NCF, or leave it out of the month's credit."),
        ),
        "CONSUMER_BILL": (
            _("A consumer receipt supports no expense, so it is not in the file"),
            _("Ask the supplier for a receipt of fiscal credit."),
        ),
        "DUPLICATE_BILL": (
            _("Two bills of the supplier have the same NCF"),
            _("Cancel one of them or correct its NCF."),
        ),
        "UNNUMBERED": (
            _("A paid order has no fiscal number"),
            _("Number the sales of the month: a button of the month's page."),
        ),
        "UNNUMBERED_PAST": (
            _("A paid order of the month never got a fiscal number"),
            _(
                "It is in no 607. Ask your accountant: box 9 of Anexo A takes "
                "other operations."
            ),
        ),
        "SESSION_OPEN": (
            _("The session is open: its sales are not in the general ledger"),
            _("Close the session."),
        ),
        "ECF_REJECTED": (
            _("DGII rejected the electronic receipt: it has no fiscal value"),
            _("Correct the sale with a new receipt."),
        ),
        "ECF_WAITING": (
            _("DGII has not accepted the electronic receipt yet"),
            _("Wait for DGII's answer, or send the receipt again."),
        ),
        "NOT_INCOME": (
            _("Gift vouchers or voluntary tips are booked as income"),
            _("Give the product an income account of liabilities, and book it over."),
        ),
        "SERIES_B": (
            _("Receipts of series B after its last day (Ley 32-23 art. 37)"),
            _(
                "Issue e-CF, declare a contingency, or say on the company that an "
                "application is pending."
            ),
        ),
        "TEST_DOCUMENT": (
            _("A receipt of DGII's test environment is no fiscal receipt"),
            _("It is in no report. A real sale needs a receipt of production."),
        ),
        "ECF_MISSING": (
            _("The electronic number has no signed receipt"),
            _("Ask support: every e-NCF is signed with its sale."),
        ),
        "LEDGER": (
            _("The report differs from the general ledger"),
            _(
                "Look at the comparison: an entry without document, or by hand. "
                "Who files it so says why."
            ),
        ),
        "NUMBER_LEDGER": (
            _("The report differs from the ledger of numbers"),
            _("Look at the comparison and compute again."),
        ),
        "STALE": (
            _("The 606 or 607 of the month is missing or newer than this report"),
            _("Compute 606 and 607, then this report again."),
        ),
        "MORE": (
            _("More of the same kind are not listed"),
            _("Mend those that are listed, then check again."),
        ),
    }


def _numbers(env):
    _ = env._
    return {
        "NO_DOCUMENT": (
            _("An issued number has no paid order and no posted invoice"),
            _("Find the document of the number, or annul the number."),
        ),
        "RESERVED": (
            _("A number was reserved and never used"),
            _("Finish its order, give the number back or annul it."),
        ),
        "LEDGER_BROKEN": (
            _("The range does not account for all its numbers"),
            _("Look at the range: numbers are missing or there twice."),
        ),
        "NCF_TYPE": (
            _("A number of this type does not belong in the format"),
            _("Correct the number or the type of the document."),
        ),
        "NCF_FORMAT": (
            _("This is no NCF"),
            _("Correct the number: B and 10 digits, or E and 12."),
        ),
        "CONSUMER_BELOW": (
            _("A consumer receipt below the threshold is listed"),
            _("Compute again."),
        ),
        "REFERENCE_REQUIRED": (
            _("The note does not name the receipt it modifies"),
            _("Write the number it modifies."),
        ),
        "REFERENCE": (
            _("The receipt names another number, and must not"),
            _("Only notes modify another receipt: clear or correct it."),
        ),
        "REFERENCE_UNKNOWN": (
            _("The note modifies a number that was never issued"),
            _("Correct the number it modifies."),
        ),
        "REFERENCE_LATER": (
            _("The note is older than the receipt it modifies"),
            _("Correct the number it modifies or the date."),
        ),
        "DUPLICATE": (
            _("The number is in the file twice"),
            _("Correct one of the documents."),
        ),
        "ANNULLED": (
            _("The number is annulled and cannot be a sale"),
            _("It belongs in the 608 only."),
        ),
        "REPORTED": (
            _("The number was reported as a sale in a 607"),
            _("Amend that 607, or undo the sale by a credit note."),
        ),
        "ELECTRONIC": (
            _("An e-NCF is annulled by ANECF, not by the 608"),
            _("Leave it out."),
        ),
        "OWN_RNC": (
            _("The receipt names another supplier than the company"),
            _("Minor expenses and payments abroad carry the company's own RNC."),
        ),
        "TOO_MANY_LINES": (
            _("The file has more lines than DGII takes at once"),
            _("Ask DGII for several shipments."),
        ),
    }


def _values(env):
    _ = env._
    wrong = _("Correct the document.")
    it1 = _("Look at the boxes; give amounts where nothing else fills them.")
    cost = _("Book what is not deducted to an expense (Código Tributario art. 349).")
    texts = {
        "SIGN": (
            _("An amount is below zero: a sale that pays, or a note that takes"),
            _("Find the order: sale and return are two documents."),
        ),
        "SUM": (
            _("The parts do not add up to the total"),
            _("Compare the payments or the parts with the total of the document."),
        ),
        "PERIOD": (
            _("A date is not of the month"),
            _("Correct the date, or report it in its own month."),
        ),
        "PAYMENT_DATE": (
            _("Tax is withheld and no day of payment is given"),
            _("Write the day the tax was withheld."),
        ),
        "WITHHOLDING_DATE": (
            _("Tax withheld and its day do not go together"),
            _("Write both or none."),
        ),
        "ISR_PAIR": (
            _("ISR withheld and its type do not go together"),
            _("Choose the type of ISR withheld on the bill."),
        ),
        "DETAIL": (
            _("The detail of the service does not fit its type"),
            _("Choose the service paid abroad on the bill."),
        ),
        "COUNTRY": (
            _("The country is missing or not written as set"),
            _("Write the country of the contact."),
        ),
        "CREDIT_NOTE_PAID": (_("A credit note has forms of payment"), wrong),
        "CREDIT_NOTE_FORM": (
            _("A credit note has another form of payment than 06"),
            wrong,
        ),
        "ISR_EXCESS": (_("More ISR is withheld than was paid"), wrong),
        "ITBIS_EXCESS": (_("A part of the ITBIS is more than the ITBIS"), wrong),
        "ITBIS_RATE": (_("The ITBIS is more than 18 % of the amount"), wrong),
        "REQUIRED": (_("A column that must be filled is empty"), wrong),
        "IT1_TAXED": (_("The taxed sales by rate are not their total"), it1),
        "IT1_INCOME": (_("The types of income are not the total"), it1),
        "IT1_PAID": (_("The ITBIS paid differs from Anexo A"), it1),
        "IT1_RATE": (_("The ITBIS is not its rate of the sales"), it1),
        "IT1_NEGATIVE": (
            _("A box is below zero"),
            _(
                "Find the returns or entries that are more than the month's own. "
                "Who files it so says why."
            ),
        ),
        "ACQUIRER": (
            _("What card acquirers withheld is not what is booked"),
            _("Book their settlements; the IT-1 has a button for what is missing."),
        ),
        "ACQUIRER_UNSET": (
            _("Cards were charged and nothing of the acquirer's 2 % is deducted"),
            _("Write the percentage and its account on the journal of the cards."),
        ),
        "IT1_EXEMPT": (
            _("Exempt sales: not all of the ITBIS in proportion is deducted"),
            cost,
        ),
        "IT1_PROPORTION": (
            _("The coefficient of proportion is not that of the month's sales"),
            _("Oficina Virtual reckons it itself: leave it to be reckoned."),
        ),
        "IT1_BALANCE": (
            _("The balance in favour is of a return that is not filed"),
            _("File the IT-1 of the month before, then check again."),
        ),
    }
    broken = _("A value cannot stand in its column"), wrong
    for code in (
        "AMOUNT", "AMOUNT_NEGATIVE", "AMOUNT_SIZE", "AMOUNT_DECIMALS", "DATE",
        "FORMAT", "UNKNOWN_CODE", "NOT_IN_FORCE", "COLUMNS", "COUNT", "ENCODING",
        "HEADER",
    ):  # fmt: skip
        texts[code] = broken
    return texts
