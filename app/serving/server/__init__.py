"""The live server: a page that completes as one types, and an API for other programs.

command.py          loads models, binds the address, runs until it is stopped
application.py      the app out of its parts; what surrounds every request is guard.py
models.py           the models by name; a new version of a folder takes over
memory.py           the personal memory that they listen to
workers.py          few threads for the work, in two lanes
api.py, api_types.py    /api/...: complete, fill, score, write, remember, models
sessions.py         /api/session: a text that is edited, over a WebSocket; the text and
                    what waits is writing.py, its JSON messages.py
looking.py          /api/why, /api/inside: where a suggestion comes from
predict_routes.py   /v1/models/...: TensorFlow Serving's dialect; predict_types.py,
                    and signatures.py, which computes what an export would
documentation.py    /docs: the API as a page, from described.py and schemas.py (what
                    OpenAPI says) and described_session.py (what it cannot say)
page.py             the live page itself
monitoring.py       /metrics, /healthz
listening.py        how uvicorn is told to run; what may be logged
connections.py      against clients that are slow, silent or too many, with
                    session_connection.py and refusal.py
errors.py           what is answered instead
"""
