"""Out of the door: trained models in forms that other programs run.

export.py                 a format, a version number, whole or not at all; licences.py
export_savedmodel.py      TensorFlow: the graph of graph_*.py, strings in, words out
export_beside.py          what lies beside it: warm-up requests, a README
export_litert.py          phones and boards: one step; step_states.py, quantising.py
export_onnx.py            the same for ONNX and browsers; onnx_graph.py
client_files.py, clients/ vocabulary, tokenizer and programs that run a step
verify.py                 is a SavedModel what we write? saved_graph.py, wire_format.py
predict_dialect.py        TensorFlow Serving's JSON over HTTP
server/, web/             the live server and its page
"""
