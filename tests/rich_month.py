"""December 2026 in the demo restaurant: every kind of sale and purchase."""

from .month_office import OfficeMonthCase

DECEMBER = "2026-12-01"


class RichMonthCase(OfficeMonthCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # lived once: each test reads it
        case = cls()
        case.live()
        cls.sold = case.sold
        cls.env.flush_all()
        # what waits for a commit that never comes
        for callbacks in (cls.env.cr.precommit, cls.env.cr.postcommit):
            callbacks.clear()

    def live(self):
        self.sold = {}
        self.sell_at_the_till()
        self.give_back_at_the_till()
        self.annul_numbers()
        self.sold["last"] = self.sell("2026-12-31 23:59")
        self.sold["january"] = self.sell("2027-01-01 00:01")
        self.close("2027-01-01 01:00")
        self.bill_from_the_office()
        self.buy()

    def sell_at_the_till(self):
        sold, buyer = self.sold, self.buyer.id
        person = self.ref("partner_person").id
        state = self.ref("partner_state").id
        sold["november"] = self.sell("2026-11-30 23:59")
        sold["first"] = self.sell("2026-12-01 00:01")
        sold["credit_fiscal"] = self.sell(
            "2026-12-02 13:00",
            fiscal_type="B01",
            partner_id=buyer,
            payments=self.pay(card=400.0, cash=500.0),
            total=640.0,
        )
        sold["takeout"] = self.sell(
            "2026-12-03 20:00",
            self.line(qty=2),
            order_type="takeout",
            total=1180.0,
            payments=self.pay(card=1180.0),
        )
        sold["great"] = self.sell(
            "2026-12-04 21:00",
            self.line(id="hall", qty=2, price=100000.0),
            partner_id=person,
            payments=self.pay(transfer=256000.0),
        )
        sold["mixed_rates"] = self.sell(
            "2026-12-05 12:00",
            self.line(price=100.0),
            self.line(self.reduced, price=200.0),
            self.line(self.exempt, price=300.0),
            fiscal_type="B01",
            partner_id=buyer,
            order_type="takeout",
            total=650.0,
            payments=self.pay(card=650.0),
        )
        sold["government"] = self.sell(
            "2026-12-06 12:00", fiscal_type="B15", partner_id=state
        )
        sold["on_account"] = self.sell(
            "2026-12-07 12:00",
            fiscal_type="B01",
            partner_id=self.ref("partner_credit").id,
            payments=self.pay(credit=640.0),
            total=640.0,
        )
        sold["voucher"] = self.sell(
            "2026-12-08 12:00", payments=self.pay(voucher=600.0, cash=40.0), total=640.0
        )
        sold["electronic"] = self.sell(
            "2026-12-09 12:00", fiscal_type="E31", partner_id=buyer
        )
        sold["electronic_consumer"] = self.sell("2026-12-10 12:00", fiscal_type="E32")
        sold["electronic_government"] = self.sell(
            "2026-12-11 12:00", fiscal_type="E45", partner_id=state
        )
        special = self.ref("partner_special").id
        for kind, day in (("B14", "11"), ("E44", "12")):
            sold[kind] = self.sell(
                f"2026-12-{day} 14:00",
                fiscal_type=kind,
                partner_id=special,
                total=550.0,
                payments=self.pay(card=550.0),
            )

    def give_back_at_the_till(self):
        sold = self.sold
        for name, of, moment in (
            ("note", "credit_fiscal", "2026-12-12 12:00"),
            ("note_consumer", "takeout", "2026-12-13 12:00"),
            ("note_electronic", "electronic", "2026-12-14 12:00"),
            ("note_e32", "electronic_consumer", "2026-12-15 12:00"),
            ("note_government", "government", "2026-12-16 12:00"),
            ("note_e45", "electronic_government", "2026-12-17 12:00"),
            # 31 days later: the ITBIS stays due
            ("note_old", "november", "2026-12-31 12:00"),
        ):
            sold[name] = self.give_back(moment, sold[of])
        sold["note_great"] = self.give_back(
            "2026-12-18 12:00", sold["great"], lines=[{"id": "hall", "qty": 1}]
        )

    def annul_numbers(self):
        sold = self.sold
        sold["annulled"] = self.sell("2026-12-20 12:00")
        self.annul(sold["annulled"], moment="2026-12-20 12:05")
        sold["torn"] = self.sell(
            "2026-12-21 12:00", fiscal_type="B01", partner_id=self.buyer.id
        )
        self.annul(sold["torn"], "02", moment="2026-12-21 12:05")
        # an electronic number is annulled by ANECF: in no 608
        sold["anecf"] = self.sell("2026-12-22 12:00", fiscal_type="E32")
        self.annul(sold["anecf"], moment="2026-12-22 12:05")
        # one that never became a sale
        with self.at("2026-12-23 12:00"):
            told = self.Order._nu_reserve(
                {
                    "pos_reference": self.reference(),
                    "config_id": self.config.id,
                    "fiscal_type": "B02",
                }
            )
            number = told.body["fiscal"]["reference"]
            never = self.env["nu.pos.ncf"].search([("name", "=", number)])
            never._void("10")

    def bill_from_the_office(self):
        """Catering on invoices: paid in parts, exchanged, withheld, corrected."""
        sold = self.sold
        sold["catering"] = self.bill_out("2026-12-08", 10000.0)
        self.pay_move(sold["catering"], "2026-12-20", 5000.0)
        barter = self.journal("general", nu_kind="barter")
        self.pay_move(sold["catering"], "2026-12-22", 2000.0, barter)
        sold["interest"] = self.debit_note(sold["catering"], "2026-12-28", 150.0)
        sold["discount"] = self.credit_note(sold["catering"], "2026-12-29", 500.0)
        sold["withheld"] = self.bill_out("2026-12-09", 1000.0)
        self.pay_move(
            sold["withheld"], "2026-12-19", 1076.0,
            held={"11080301": 54.0, "11080302": 50.0},
        )  # fmt: skip
        # of November, withheld in December: told again
        sold["again"] = self.bill_out("2026-11-10", 2000.0, partner=self.state)
        self.pay_move(sold["again"], "2026-12-15", 2000.0, held={"11080301": 360.0})
        sold["electronic_catering"] = self.bill_out(
            "2026-12-10", 3000.0, nu_document_type_id=self.type("E31").id
        )
        sold["electronic_interest"] = self.debit_note(
            sold["electronic_catering"], "2026-12-30", 60.0
        )

    def buy(self):
        itbis = "18% ITBIS"
        self.bill("2026-12-03", "B0100004567", (5000.0, "goods", [itbis]))
        self.bill(
            "2026-12-10",
            "E310000000021",
            (2000.0, "services", [itbis]),
            nu_expense_type="02",
        )
        self.bill(
            "2026-12-15",
            "B0400000009",
            (500.0, "goods", [itbis]),
            refund=True,
            nu_modified_ncf="B0100004567",
            nu_modified_date="2026-12-03",
        )
        self.bill(
            "2026-11-20",
            "B0100000777",
            (1000.0, "services", [itbis, "-30% ITBIS Leg. (N02-05)"]),
            nu_expense_type="02",
            nu_date_withheld="2026-12-25",
        )
        person = self.env["res.partner"].create(
            {"name": "Juan Plomero", "vat": "00113918205"}
        )
        for place, own in enumerate(("B11", "E41")):
            self.bill(
                f"2026-12-{12 + place}",
                None,
                (2000.0, "services", ["10% Serv."]),
                partner=person,
                own=own,
                nu_expense_type="02",
                nu_date_withheld="2026-12-28",
            )
        for place, own in enumerate(("B13", "E43")):
            self.bill(
                f"2026-12-{14 + place}",
                None,
                (300.0 + place, "goods", []),
                partner=person,
                own=own,
                nu_expense_type="05",
            )
        abroad = self.env["res.partner"].create(
            {
                "name": "Cloud POS LLC",
                "vat": "98-7654321",
                "is_company": True,
                "country_id": self.env.ref("base.us").id,
            }
        )
        for place, own in enumerate(("B17", "E47")):
            self.bill(
                f"2026-12-{10 - place:02}",
                None,
                (1000.0 * (place + 1), "services", ["-27% ISR (L253-12)"]),
                partner=abroad,
                own=own,
                nu_expense_type="02",
                nu_isr_type="03",
                nu_service_detail="24",
                nu_date_withheld="2026-12-15",
            )
