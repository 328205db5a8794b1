// The reference page: shows openapi.json of this server with RapiDoc.

import "./rapidoc.js";

const SERVER = "https://odoo.example.com"; // of the samples, see schemas/samples.py
// Headers whose example would be wrong in the second request.
const OWN = ["Idempotency-Key", "X-Request-Id"];

const page = document.querySelector("rapi-doc");
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function setTheme() {
    page.setAttribute("theme", dark.matches ? "dark" : "light");
}

// Who has logged in need not copy the token.
function useToken({ detail }) {
    if (detail.responseStatus && detail.responseBody?.access_token) {
        page.setApiKey("accessToken", detail.responseBody.access_token);
    }
}

async function show() {
    const response = await fetch("openapi.json");
    const description = await response.json();
    for (const methods of Object.values(description.paths)) {
        for (const operation of Object.values(methods)) {
            for (const sample of operation["x-codeSamples"]) {
                sample.source = sample.source.replaceAll(SERVER, window.location.origin);
            }
        }
    }
    for (const name of OWN) {
        delete description.components.parameters[name].example;
    }
    await page.loadSpec(description);
}

dark.addEventListener("change", setTheme);
page.addEventListener("after-try", useToken);
setTheme();
show();
