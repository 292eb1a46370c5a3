"""Which training algorithm is faster: times to a target, profiles, scores of a field, and how sure they are."""
