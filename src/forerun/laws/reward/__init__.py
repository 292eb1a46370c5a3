"""Laws of a gold reward against how far a policy was optimised on a proxy."""
