"""The live server: a page that completes as one types, and an API for other programs.

command.py          loads models, binds the address, runs until it is stopped
application.py      the app out of its parts; what surrounds every request is guard.py
models.py           the models by name; a new version of a folder takes over
memory.py           the personal memory that they listen to
workers.py          few threads for the work, in two lanes
api.py, api_types.py    /api/...: complete, fill, score, write, remember, models
sessions.py         /api/session: a text that is edited, over a WebSocket
looking.py          /api/why, /api/inside: where a suggestion comes from
predict_routes.py   /v1/models/...: TensorFlow Serving's dialect; signatures.py
documentation.py    /docs: the API as a page; page.py: the live page itself
monitoring.py       /metrics, /healthz
connections.py      against clients that are slow, silent or too many
errors.py           what is answered instead
"""
