"""The first room: text becomes ids.

Documents are read (`corpus`, `readers`, `cleaning`), cut into tokens (`tokenizer`),
counted (`vocabulary`), turned into ids (`encoding`) and given vectors (`vectors`).
This room knows no network and no suggestion; it imports nothing but `app.errors`.
"""
