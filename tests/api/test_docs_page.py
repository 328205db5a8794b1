"""The reference page in a browser, its files, and the code samples, each executed."""

import json
import os
import re
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

from lxml import html

from odoo.tests import tagged
from odoo.tests.common import ChromeBrowser

from ...controllers import description, docs_pages
from ...controllers.dispatcher import PosApiDispatcher
from ...fiscal.annulment import ANNULMENT_REASONS
from ...schemas import samples
from ...schemas.problem import PROBLEMS
from ..common import DEVICE_HEADERS, HUB_LOGIN, HUB_PASSWORD, ApiCase
from ..tour_case import BrowserCase

ADDON = Path(__file__).parents[2]
PAGE = "/pos-api/v1/docs"
#: Samples that may end the session of the others.
ENDS = ("/logout", "/revoke")
#: What a person does: look, search, open an operation, try it, log in, go on.
VISIT = """
const wait = async (what) => {
    for (let i = 0; i < 600; i++) {
        const found = what();
        if (found) return found;
        await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error(`not found: ${what}`);
};
const page = document.querySelector("rapi-doc").shadowRoot;
const names = () => [...page.querySelectorAll(".nav-bar-path")].map((n) => n.id);
const HEALTH = "link-get-/pos-api/v1/health";
await wait(() => names().includes(HEALTH));
const all = names().length;
if (all < 50) throw new Error(`${all} operations`);
const filter = page.querySelector("#nav-bar-search");
filter.value = "cédula";
filter.dispatchEvent(new Event("change"));
await wait(() => names().length < 5 && names().includes(CUSTOMER));
filter.value = "";
filter.dispatchEvent(new Event("change"));
await wait(() => names().length === all);
const opened = async (name) => {
    (await wait(() => page.getElementById(`link-${name}`))).click();
    const section = await wait(() => page.getElementById(name));
    await wait(() => section.querySelector("api-request")?.shadowRoot);
    return section;
};
const tried = async (section, body) => {
    const request = section.querySelector("api-request").shadowRoot;
    const button = await wait(() => request.querySelector("[part~=btn-try]"));
    if (body) {
        const text = await wait(() => request.querySelector("textarea"));
        text.value = JSON.stringify(body);
        text.dispatchEvent(new Event("input"));
    }
    const answered = new Promise((done) => {
        const take = ({ detail }) => done(detail);
        window.addEventListener("after-try", take, { once: true });
    });
    button.click();
    const { response, responseBody } = await answered;
    if (response.status !== 200 || responseBody.status !== "ok")
        throw new Error(`answered ${response.status}`);
    return request;
};
const section = await opened("get-/pos-api/v1/health");
const sample = await wait(() => section.querySelector("code"));
if (!page.innerHTML.includes(`curl`) || !sample) throw new Error("no sample");
const request = await tried(section);
await wait(() => request.textContent.includes("Response Status: OK:200"));
await tried(await opened("post-/pos-api/v1/auth/login"), LOGIN);
await tried(await opened("get-/pos-api/v1/auth/me"));
console.log("test successful");
"""
VISIT = VISIT.replace(
    "LOGIN", json.dumps({"login": HUB_LOGIN, "password": HUB_PASSWORD})
).replace("CUSTOMER", '"link-post-/pos-api/v1/customers/validate-rnc"')


def in_browser(code):
    """A script that may wait, as ``browser_js`` takes it."""
    return f"(async () => {{ {code} }})().catch((error) => console.error(error.stack))"


@tagged("post_install", "-at_install")
class TestReferencePage(BrowserCase):
    def test_a_person_searches_and_tries(self):
        # the page tries without cookies, that of the test included
        self.http_request_allow_all = True
        asked = []
        paused = ChromeBrowser._handle_request_paused

        def noted(browser, **event):
            asked.append(event["request"]["url"])
            return paused(browser, **event)

        with (
            patch.object(ChromeBrowser, "_handle_request_paused", noted),
            self.assertLogs("odoo.addons.nu_restaurant_pos.access") as log,
        ):
            self.browser_js(PAGE, in_browser(VISIT), timeout=120)
        self.assertIn('"route": "health"', "".join(log.output))
        hosts = {urlsplit(url).netloc for url in asked if "://" in url}
        self.assertEqual(hosts, {urlsplit(self.base_url()).netloc})

    def test_scripts_come_from_here_and_stand_in_files(self):
        response = self.url_open(PAGE)
        policy = response.headers["Content-Security-Policy"]
        self.assertIn("default-src 'none'", policy)
        self.assertIn("script-src 'self'; connect-src 'self'", policy)
        self.assertNotIn("unsafe-eval", policy)
        self.assertIn(
            '<script type="module" src="docs/reference.js"></script>', (response.text)
        )
        self.assertEqual(response.text.count("<script"), 1)
        self.assertNotIn("//", response.text.replace("<!--", ""))

    def test_only_listed_files_are_served(self):
        for name in docs_pages._FILES:
            with self.subTest(name=name):
                response = self.url_open(f"{PAGE}/{name}")
                self.assertEqual(response.status_code, 200)
                self.assertEqual(response.headers["X-Content-Type-Options"], "nosniff")
                etag = response.headers["ETag"]
                response = self.url_open(
                    f"{PAGE}/{name}", headers={"If-None-Match": etag}
                )
                self.assertEqual((response.status_code, response.content), (304, b""))
        for name in ("docs.css", "examples.json", "..%2F..%2F__manifest__.py", "x"):
            with self.subTest(name=name):
                self.assertEqual(self.url_open(f"{PAGE}/{name}").status_code, 404)

    def test_without_the_package_the_plain_page_is_served(self):
        with patch.object(docs_pages, "rapidoc", lambda: None):
            response = self.url_open(PAGE)
        self.assertEqual(response.text, docs_pages.plain().content)
        self.assertNotIn("<script", response.text)
        with patch("importlib.util.find_spec", lambda name: None):
            self.assertIsNone(docs_pages.rapidoc())


@tagged("post_install", "-at_install")
class TestSamples(BrowserCase):
    """Each sample of each operation sends what the description shows."""

    def setUp(self):
        super().setUp()
        self.device = {**DEVICE_HEADERS, "X-Device-Id": "till-1"}
        self.arrived = []
        finish = PosApiDispatcher._finish

        def noted(dispatcher, response, code=None):
            http = dispatcher.request.httprequest
            sent = http.get_data(cache=True) or b"null"
            self.arrived.append(
                {
                    "verb": http.method,
                    "path": http.path,
                    "query": http.args.to_dict(),
                    "body": json.loads(sent),
                    "headers": http.headers,
                    "status": response.status_code,
                    "code": code,
                }
            )
            return finish(dispatcher, response, code)

        patcher = patch.object(PosApiDispatcher, "_finish", noted)
        patcher.start()
        self.addCleanup(patcher.stop)

    def sources(self, label):
        """``[(call, source)]``; what ends the session comes last."""
        document = description.document()
        found = []
        for path, methods in document["paths"].items():
            for verb, operation in methods.items():
                call = samples._Call(document, path, verb, operation)
                [source] = [
                    sample["source"].replace(samples.SERVER, self.base_url())
                    for sample in operation["x-codeSamples"]
                    if sample["label"] == label
                ]
                found.append((call, source))
        return sorted(found, key=lambda one: one[0].path.endswith(ENDS))

    def token(self):
        _status, body, _response = self.call(
            "auth/login",
            {"login": "gerente@demo.do", "password": "gerente-Demo-2026"},
            token=None,
            headers=self.device,
        )
        return body["access_token"]

    def assertArrived(self, calls):
        self.assertEqual(len(self.arrived), len(calls))
        done = 0
        for call, got in zip(calls, self.arrived, strict=True):
            with self.subTest(operation=f"{call.verb} {call.path}"):
                url = urlsplit(call.url)
                self.assertEqual((got["verb"], got["path"]), (call.verb, url.path))
                self.assertEqual(got["query"], dict(parse_qsl(url.query)))
                self.assertEqual(got["body"], call.body)
                for name, value in call.headers.items():
                    self.assertEqual(got["headers"].get(name), value)
                if call.secured and not call.path.endswith(ENDS):
                    self.assertNotEqual(got["code"], "UNAUTHENTICATED")
                self.assertNotIn(got["status"], (400, 405, 415, 500))
            done += got["status"] < 300
        # the others name what the demo restaurant has not
        self.assertGreater(done, len(calls) // 3)

    def run_outside(self, command, token):
        """Run a program that calls the test's server, to its end."""
        self.arrived.clear()
        with tempfile.TemporaryDirectory() as folder:
            with self.allow_requests(all_requests=True):
                done = subprocess.run(
                    command,
                    cwd=folder,
                    env={**os.environ, "TOKEN": token},
                    capture_output=True,
                    text=True,
                    timeout=300,
                    check=False,
                )
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        return done.stdout

    def test_python(self):
        calls, sources = zip(*self.sources("Python"), strict=True)
        token = self.token()
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / "samples.py"
            script.write_text(
                f"for source in {list(sources)!r}:\n    exec(source, {{}})\n", "utf-8"
            )
            self.run_outside([sys.executable, str(script)], token)
        self.assertArrived(calls)

    def test_curl(self):
        calls, sources = zip(*self.sources("curl"), strict=True)
        token = self.token()
        script = "set -e\n" + "\n".join(sources)
        self.run_outside(["sh", "-c", script], token)
        self.assertArrived(calls)

    def test_javascript(self):
        calls, sources = zip(*self.sources("JavaScript"), strict=True)
        token = self.token()
        script = "\n".join(f"{{ {source} }}" for source in sources)
        script = script.replace("the access_token of auth/login", token)
        script += '\nconsole.log("test successful");'
        # from a page without a policy, which may call this server
        self.browser_js("/pos-api/v1/health", in_browser(script), timeout=300)
        self.arrived = self.arrived[-len(calls) :]
        self.assertArrived(calls)


BLOCK = re.compile(r"^\.\. code-block:: (\w+)\n\n((?:    .*\n|\n)+)", re.MULTILINE)
#: Members whose values differ from server to server.
OWN = ("access_token", "refresh_token", "id", "name", "order_id", "reference")


@tagged("post_install", "-at_install")
class TestGuide(ApiCase):
    def test_every_example_is_so(self):
        text = (ADDON / "docs/guide.rst").read_text("utf-8")
        text = text.replace(samples.SERVER, self.base_url())
        names, checked = {}, 0
        self.env.flush_all()
        with self.allow_requests(all_requests=True):
            for language, block in BLOCK.findall(text):
                block = textwrap.dedent(block)
                with self.subTest(example=block):
                    if language == "python":
                        exec(block, names)  # pylint: disable=exec-used
                    else:
                        self.assertLike(json.loads(block), names["answer"])
                        checked += 1
        self.assertGreater(checked, 7)

    def assertLike(self, shown, answer, path="answer"):
        """All that is shown is in the answer."""
        if isinstance(shown, dict):
            self.assertIsInstance(answer, dict, path)
            for name, value in shown.items():
                self.assertIn(name, answer, path)
                if name not in OWN:
                    self.assertLike(value, answer[name], f"{path}.{name}")
                else:
                    self.assertEqual(type(value), type(answer[name]), f"{path}.{name}")
            prefixes = [str(one.get("reference"))[:3] for one in (shown, answer)]
            self.assertTrue("reference" not in shown or len(set(prefixes)) == 1)
        elif isinstance(shown, list):
            self.assertEqual(len(shown), len(answer), path)
            for index, pair in enumerate(zip(shown, answer, strict=True)):
                self.assertLike(*pair, f"{path}[{index}]")
        else:
            self.assertEqual(shown, answer, path)

    def test_it_names_every_code_and_reason(self):
        page = html.fromstring(docs_pages.guide().content)
        cells = {cell.text_content().strip() for cell in page.xpath("//td")}
        self.assertFalse(set(PROBLEMS) - cells)
        self.assertFalse(set(ANNULMENT_REASONS) - cells)
        self.assertIn(ANNULMENT_REASONS["10"].spanish, page.text_content())

    def test_it_is_linked_and_loads_nothing(self):
        for path in (PAGE, f"{PAGE}/plain"):
            self.assertIn("docs/guide", self.url_open(path).text)
        response = self.url_open(f"{PAGE}/guide")
        self.assertIn("style-src 'sha256-", response.headers["Content-Security-Policy"])
        page = html.fromstring(response.text)
        self.assertFalse(page.xpath("//script | //link | //img | //*[@style]"))
        self.assertFalse(page.xpath("//*[contains(@class, 'system-message')]"))
        anchors = set(page.xpath("//@id"))
        for link in page.xpath("//a/@href[starts-with(., '#')]"):
            self.assertIn(link[1:], anchors)
