"""What the reader of printed logs is made of.

A line is taken apart (tokens), its numbers get their meaning (naming, grammar, plan) and their place (places). Some
logs need more: episodes, bars, printed (what a terminal shows), header (settings). What a user describes is a
template, which draft makes for a line that nothing reads.
"""
