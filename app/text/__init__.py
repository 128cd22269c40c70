"""The first room: text becomes ids.

Documents are read and split (`corpus`, `readers`, `cleaning`, `duplicates`), cut into
tokens (`tokenizer`), counted (`vocabulary`), turned into ids (`encoding`) and given
vectors (`vectors`, and under it `vector_files`, `vector_formats`, `vector_cache`,
`vector_download`, `vector_training`). This room knows no network and no suggestion;
it imports nothing of the package but `app.errors`.
"""
