"""The live server: a page that completes as one types, and an API for other programs.

command.py          loads models, binds the address, runs until it is stopped
application.py      the app out of its parts
guard.py            what surrounds every request: who may ask, and how much
checks.py           what is more than the limits allow
errors.py           what is answered instead
models.py           the models by name; a new version of a folder takes over
memory.py           the personal memory that they listen to
workers.py          few threads for the work, in two lanes

api.py, api_types.py    /api/...: complete, fill, score, write, remember, models
looking.py          /api/why, /api/inside: where a suggestion comes from
predict_*.py        /v1/models/...: TensorFlow Serving's dialect, its types, and its
                    signatures, which compute what an export would
sessions.py         /api/session: a text that is edited, over a WebSocket, with
session_*.py        the text and what waits, its messages, and the connection
documentation.py    /docs: the API as a page, from what OpenAPI says (routes, schemas)
documentation_*.py  and what it cannot say (session)
page.py             the live page itself
monitoring.py       /metrics, /healthz

uvicorn_config.py   how uvicorn is told to run; what may be logged
http_connection.py  against clients that are slow, silent or too many;
refused_connection.py   how these are turned away
"""
