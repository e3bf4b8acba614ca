"""People sign in to the pages at Keycloak, as a browser would take them there: one who has a role, and one who has none.

usage: sign_in.py BROKER WITH_ROLE WITHOUT_ROLE PASSWORD AGENT
"""

import html
import re
import sys

import requests

TIMEOUT = 30


def come_in(broker, person, password):
    """A session that went from the first page to the issuer's form and back, and what came back last."""
    browser = requests.Session()
    form = browser.get(broker + "/console/approvals", timeout=TIMEOUT)
    for cookie in browser.cookies:
        cookie.secure = False  # browsers take http on loopback for secure, this library does not
    action = re.search(r'<form id="kc-form-login"[^>]* action="([^"]+)"', form.text)
    assert action, "the issuer shows no form: " + form.text[:400]
    back = browser.post(html.unescape(action.group(1)), {"username": person, "password": password}, timeout=TIMEOUT)
    return browser, back


def forgery_token(page):
    return re.search(r'name="_csrf" value="([^"]+)"', page.text).group(1)


def main():
    broker, operator, stranger, password, agent = sys.argv[1:]

    browser, page = come_in(broker, operator, password)
    assert page.status_code == 200 and page.url == broker + "/console/approvals", (page.status_code, page.url)
    assert "person:keycloak:" in page.text, page.text
    print("sign_in: the operator is in")

    form = browser.get(broker + "/console/breakglass/new", timeout=TIMEOUT)
    made = browser.post(
        broker + "/console/breakglass",
        {
            "_csrf": forgery_token(form),
            "agent": agent,
            "tools": agent + "-tool",
            "reason": "to see that it works",
            "ticket": "T-1",
            "minutes": "1",
        },
        timeout=TIMEOUT,
    )
    assert made.status_code == 200 and "to see that it works" in made.text, made.text
    print("sign_in: and may do what the role in the ID token lets them")

    copied = requests.Session()
    copied.cookies.update(browser.cookies)
    out = browser.post(broker + "/console/sign-out", {"_csrf": forgery_token(made)}, timeout=TIMEOUT)
    assert "You are signed out" in out.text, out.text
    after = copied.get(broker + "/console/approvals", allow_redirects=False, timeout=TIMEOUT)
    assert after.status_code == 303, after.status_code
    print("sign_in: who signed out is out, with a copied cookie too")

    _, refused = come_in(broker, stranger, password)
    assert refused.status_code == 403 and "none of your roles" in refused.text, (refused.status_code, refused.text)
    print("sign_in: who has no role is told so")


if __name__ == "__main__":
    main()
