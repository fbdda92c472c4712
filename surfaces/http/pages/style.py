"""The one style of our pages, and the headers that let a browser use it and nothing else.

Colours have a contrast of at least 4.5 : 1 on what they stand on (WCAG 2.2, 1.4.3); nothing is said by colour alone.
"""

from __future__ import annotations

import base64
import hashlib

STYLE = """
:root { color-scheme: light }
body { font: 1rem/1.5 system-ui, sans-serif; color: #1b1b1b; background: #fff; max-width: 60rem; margin: 0 auto; padding: 1rem }
h1 { font-size: 1.5rem; line-height: 1.25; overflow-wrap: anywhere }
h2 { font-size: 1.15rem; margin: 1.5rem 0 .4rem }
a { color: #0b4f9c }
:focus-visible { outline: 3px solid #0b4f9c; outline-offset: 2px }
dl { display: grid; grid-template-columns: minmax(7rem, max-content) 1fr; gap: .2rem 1rem; margin: 0 }
dt { color: #4a4a4a }
dd { margin: 0; overflow-wrap: anywhere }
code, pre { font: .95rem/1.45 ui-monospace, monospace }
pre { background: #f4f4f4; border: 1px solid #8a8a8a; padding: .6rem; overflow-x: auto; margin: .2rem 0 }
ul { margin: .2rem 0; padding-left: 1.2rem }
blockquote { margin: .3rem 0; border-left: .3rem solid #8a8a8a; padding: .2rem .8rem; white-space: pre-wrap; overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8a8a8a; vertical-align: top; overflow-wrap: anywhere }
.card { border: 2px solid #1b1b1b; padding: .2rem 1rem 1rem }
.note, .alert, .mark { border: 2px solid #4a4a4a; padding: .5rem .8rem; margin: .8rem 0 }
.alert { border-color: #8b0000 }
.mark { border-color: #8b0000; color: #8b0000; font-weight: bold }
label { display: block; font-weight: bold; margin: .6rem 0 .2rem }
textarea { width: 100%; box-sizing: border-box; font: inherit; border: 1px solid #4a4a4a; padding: .4rem }
button { font: inherit; font-weight: bold; padding: .5rem 1.2rem; margin: .8rem .8rem 0 0; border: 2px solid #1b1b1b; background: #fff; color: #1b1b1b }
button.yes { background: #0a5c1d; color: #fff; border-color: #0a5c1d }
button.no { background: #8b0000; color: #fff; border-color: #8b0000 }
.skip { position: absolute; left: -100rem }
.skip:focus { position: static }
"""

_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "content-security-policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    # With no-referrer a browser's form would say `Origin: null`, which the door takes for another page's.
    "referrer-policy": "same-origin",
}
