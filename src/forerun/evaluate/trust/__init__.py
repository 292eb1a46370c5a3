"""Which benchmark can decide between models at a small scale: signal against noise, order, and what larger ones say."""
