import * as Chrome from "@point_of_sale/../tests/pos/tours/utils/chrome_util";
import * as Dialog from "@point_of_sale/../tests/generic_helpers/dialog_util";
import * as NumberPopup from "@point_of_sale/../tests/generic_helpers/number_popup_util";
import * as PaymentScreen from "@point_of_sale/../tests/pos/tours/utils/payment_screen_util";
import * as Register from "@nu_restaurant_pos/../tests/tours/utils/register_util";

const { ProductScreen } = Register;

// Each paid order is recorded under the name above it (tests/test_tours.py). Totals are
// with ITBIS of 18 % and the legal tip of 10 %; by them a row of the list is picked.

Register.addTour("nu_sale_and_returns", () => [
    Register.unlock(),
    // sale
    Register.sell(
        "3",
        ["Tostones con ajo", "Tostones con ajo", "Sancocho de siete carnes"],
        "Efectivo"
    ),
    // part_refund: one of the two starters
    Register.openPaid("1,164.80"),
    Register.giveBack(["Tostones con ajo", "1"]),
    Register.refund("Efectivo"),
    // line_discount: a tenth off one dish
    Register.seat("4"),
    Register.addDishes("Jugo de chinola", "Mofongo de camarones"),
    Register.discount("Mofongo de camarones", "10"),
    Register.pay("Tarjeta"),
    // refund: all of it
    Register.openPaid("979.84"),
    Register.giveBack(["Jugo de chinola", "1"], ["Mofongo de camarones", "1"]),
    Register.refund("Tarjeta"),
    // discount_line: a hundred off the bill, as a line of its own
    Register.sell(
        "3",
        ["Churrasco con chimichurri", "Descuento de la casa"],
        "Efectivo"
    ),
    // discount_line_refund: all of it
    Register.openPaid("1,728.00"),
    Register.giveBack(["Churrasco con chimichurri", "1"], ["Descuento de la casa", "1"]),
    Register.refund("Efectivo"),
]);

Register.addTour("nu_payments", () => [
    Register.unlock(),
    // change: two thousand for 704.00
    Register.seat("3"),
    Register.addDishes("Sancocho de siete carnes"),
    Register.pay("Efectivo", "2000"),
    // tip: fifty more, given by the guest
    Register.seat("3"),
    Register.addDishes("Sancocho de siete carnes"),
    Register.goToPayment(),
    PaymentScreen.clickTipButton(),
    NumberPopup.enterValue("50"),
    Dialog.confirm(),
    Register.finish("Tarjeta"),
    // two_methods: two hundred in cash, the rest by card
    Register.seat("3"),
    Register.addDishes("Sancocho de siete carnes"),
    Register.goToPayment(),
    PaymentScreen.clickPaymentMethod("Efectivo"),
    PaymentScreen.enterPaymentLineAmount("Efectivo", "200"),
    Register.finish("Tarjeta"),
    // later: the table is left open twice, and pays later
    Register.seat("5"),
    Register.addDishes("Sancocho de siete carnes"),
    Register.comeBackTo("5"),
    Register.addDishes("Refresco rojo"),
    Register.comeBackTo("5"),
    Register.pay("Efectivo"),
]);

Register.addTour("nu_buyers", () => [
    Register.unlock(),
    // invoice: a company, which the screen proposes an invoice for
    Register.seat("3"),
    Register.addDishes("Sancocho de siete carnes", "Refresco rojo"),
    ProductScreen.clickPartnerButton(),
    ProductScreen.clickCustomer("Constructora Loma Verde"),
    Register.goToPayment(),
    PaymentScreen.isInvoiceOptionSelected(),
    Register.finish("Tarjeta"),
    // buyer: the same without an invoice
    Register.seat("3"),
    Register.addDishes("Sancocho de siete carnes"),
    ProductScreen.clickPartnerButton(),
    ProductScreen.clickCustomer("Constructora Loma Verde"),
    Register.goToPayment(),
    PaymentScreen.clickInvoiceButton(),
    Register.finish("Tarjeta"),
]);

// An open check of a hub, with neither table nor name, lies beside all of this.
Register.addTour("nu_beside_a_hub", () => [
    Register.unlock(),
    // beside_hub: a sale at the counter
    Chrome.clickRegister(),
    ProductScreen.orderIsEmpty(),
    Register.addDishes("Tostones con ajo"),
    Register.pay("Efectivo"),
    // beside_hub_refund: of that sale
    Register.openPaid("230.40"),
    Register.giveBack(["Tostones con ajo", "1"]),
    Register.refund("Efectivo"),
]);

// With the register locked by PIN: the manager has no rights on employees.
Register.addTour("nu_manager_sale", () => [
    Register.unlock("Carmen Gerente", "4321"),
    Register.sell("3", ["Sancocho de siete carnes"], "Tarjeta"),
]);

Register.addTour("nu_exchange", () => [
    Register.unlock(),
    // exchange: one dish sold, another given back without its sale
    Register.seat("3"),
    Register.addDishes("Sancocho de siete carnes", "Tostones con ajo"),
    Register.negate("Tostones con ajo"),
    Register.isRefused("Efectivo", "two documents"),
    // negative: given back without its sale
    Register.seat("4"),
    Register.addDishes("Tostones con ajo"),
    Register.negate("Tostones con ajo"),
    Register.isRefused("Efectivo", "press Refund"),
]);
