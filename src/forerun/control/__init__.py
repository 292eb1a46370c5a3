"""Orders to a training that runs: one process gives them, the one that trains takes them, if its owner has allowed it.

Both meet in a folder beside a store (`folder`), which is its owner's alone (`owned`). An `Order` is one of few things
that a training can be told to do, each within its range. What was given, and what became of it, stands in the store's
journal.
"""

from forerun.control.folder import ControlFolder, Watching
from forerun.control.give import advised, give
from forerun.control.order import ACTS, Act, Order, order_of

__all__ = ["ACTS", "Act", "ControlFolder", "Order", "Watching", "advised", "give", "order_of"]
