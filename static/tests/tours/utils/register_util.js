/* global posmodel */
import * as Chrome from "@point_of_sale/../tests/pos/tours/utils/chrome_util";
import * as Dialog from "@point_of_sale/../tests/generic_helpers/dialog_util";
import * as FloorScreen from "@pos_restaurant/../tests/tours/utils/floor_screen_util";
import * as Numpad from "@point_of_sale/../tests/generic_helpers/numpad_util";
import * as PaymentScreen from "@point_of_sale/../tests/pos/tours/utils/payment_screen_util";
import * as PosHr from "@pos_hr/../tests/tours/utils/pos_hr_helpers";
import * as ProductScreenPos from "@point_of_sale/../tests/pos/tours/utils/product_screen_util";
import * as ProductScreenResto from "@pos_restaurant/../tests/tours/utils/product_screen_util";
import * as ReceiptScreen from "@point_of_sale/../tests/pos/tours/utils/receipt_screen_util";
import * as TicketScreen from "@point_of_sale/../tests/pos/tours/utils/ticket_screen_util";
import { waitUntil } from "@odoo/hoot-dom";
import { registry } from "@web/core/registry";

export const ProductScreen = { ...ProductScreenPos, ...ProductScreenResto };

/** Register a tour whose steps wait long enough for a busy machine. */
export function addTour(name, steps) {
    registry.category("web_tour.tours").add(name, {
        steps: () =>
            [...steps(), Chrome.endTour()]
                .flat(Infinity)
                .map((step) => ({ timeout: 60000, ...step })),
    });
}

/** Unlock the register, as a member of staff where it asks for one. */
export function unlock(name, pin) {
    return [
        {
            content: "unlock the register",
            trigger: ".screen-login .btn.open-register-btn",
            run: "click",
        },
        ...(name ? PosHr.login(name, pin) : []),
    ];
}

/** Sit guests at a table. */
export function seat(table) {
    return [FloorScreen.clickTable(table), Dialog.confirm()].flat();
}

/** Add dishes by their names. */
export function addDishes(...names) {
    return names.flatMap((name) => ProductScreen.clickDisplayedProduct(name));
}

/** Type a percentage off the dish that was added last. */
export function discount(name, percent) {
    return [
        ...ProductScreen.clickNumpad("%"),
        Numpad.isActive("%"),
        ...ProductScreen.clickNumpad(...percent),
        {
            trigger: `.orderline.selected:has(.product-name:contains("${name}")) em:contains("${percent}%")`,
        },
    ];
}

/** Turn the dish that was added last into one that is given back. */
export function negate(name) {
    return [
        ...ProductScreen.clickNumpad("+/-"),
        ...ProductScreen.orderLineHas(name, "-1"),
    ];
}

/**
 * Wait until the server has answered about every line. Odoo sends a line a second time,
 * as a new one, where it is changed or paid before that.
 */
export function isSaved() {
    const hasNumber = (record) => typeof record.id === "number";
    return {
        content: "the server has the order",
        trigger: "body",
        run: () =>
            waitUntil(
                () =>
                    posmodel.models["pos.order"].every(
                        (order) => hasNumber(order) && order.lines.every(hasNumber)
                    ),
                { timeout: 30000 }
            ),
    };
}

/** Leave the table with its order open, and come back to it. */
export function comeBackTo(table) {
    return [...Chrome.clickPlanButton(), isSaved(), FloorScreen.clickTable(table)];
}

/** Go to the payment screen of a sale that the kitchen needs not know. */
export function goToPayment() {
    return [...ProductScreen.clickPayButton(false), ...PaymentScreen.isShown()];
}

/** Pay with one method what is due, or the amount of these keys, and go on. */
export function finish(method, keys) {
    return [
        ...PaymentScreen.clickPaymentMethod(method),
        ...(keys ? PaymentScreen.enterPaymentLineAmount(method, keys) : []),
        ...PaymentScreen.clickValidate(),
        ...ReceiptScreen.isShown(),
        ...ReceiptScreen.clickNextOrder(),
    ];
}

/** Pay with one method, which the server refuses in these words; back to the table. */
export function isRefused(method, words) {
    return [
        ...goToPayment(),
        ...PaymentScreen.clickPaymentMethod(method),
        ...PaymentScreen.clickValidate(),
        Dialog.bodyIs(words),
        Dialog.confirm(),
        ...PaymentScreen.isShown(),
        ...Chrome.clickPlanButton(),
    ];
}

/** Pay on the spot. */
export function pay(method, keys) {
    return [...goToPayment(), ...finish(method, keys)];
}

/** Sell dishes at a table. */
export function sell(table, dishes, method) {
    return [...seat(table), ...addDishes(...dishes), ...pay(method)];
}

/** Open a paid order of the list of orders; ``text`` is in its row and in no other's. */
export function openPaid(text) {
    return [
        Chrome.clickOrders(),
        ...TicketScreen.selectFilter("Paid"),
        ...TicketScreen.selectOrder(text),
    ];
}

/** Mark dishes of the order that is open for their return: ``[name, quantity]``. */
export function giveBack(...dishes) {
    return dishes.flatMap(([name, quantity]) => {
        const line = `:has(.product-name:contains("${name}"))`;
        return [
            { trigger: `.ticket-screen .orderline${line}`, run: "click" },
            { trigger: `.ticket-screen .orderline.selected${line}` },
            ...ProductScreen.clickNumpad(quantity),
            ...TicketScreen.toRefundTextContains(`To Refund: ${quantity}`),
        ];
    });
}

/** Return what is marked, with one method. */
export function refund(method) {
    return [...TicketScreen.confirmRefund(), ...PaymentScreen.isShown(), ...finish(method)];
}
