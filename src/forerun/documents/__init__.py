"""The JSON shapes that scripts rely on: one file a command. Fields may be added, never renamed.

What is undefined crosses as a word, ``{"undefined": "why"}``; NaN and infinities as ``{"number": "nan"}``. The shapes
are listed in ``docs/json.md``, which the tests compare with what the commands write.
"""
