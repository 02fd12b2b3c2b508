"""Every limit of the gob codec, with its reason. Nothing but numbers lives here.

Go itself takes messages of up to 8 GiB; a plugin that serves one trusted peer has no need to.
"""

from typing import Final

MAX_MESSAGE: Final = 8 * 1024 * 1024
"""Bytes of one message, either way. A Kubernetes object is at most about 1.5 MiB."""

MAX_WAITING: Final = 2 * MAX_MESSAGE
"""Bytes received and not yet asked for: one largest message, and as much behind it."""

MAX_VALUE_MESSAGES: Final = 64
"""Messages that one value may be spread over, lone definitions not counted. One interface needs two."""

MAX_DEFINITIONS: Final = 4096
"""Type definitions on one stream. About 250 are seen."""

MAX_FIELDS: Final = 1024
"""Fields of one struct. The largest struct seen has about 40."""

MAX_FIELDS_ON_STREAM: Final = 65_536
"""Fields of all structs on one stream, since the two limits above multiply. About 1,100 are seen."""

MAX_NAME: Final = 1024
"""Bytes of an interface's or a field's name. Go has the same limit for interfaces."""

MAX_DEPTH: Final = 64
"""Values inside values. 16 levels are seen; with two frames a level it is far from the recursion limit."""

MAX_VALUES: Final = 1_000_000
"""Elements and fields in one value. One byte on the wire can become a hundred bytes of Python object."""
