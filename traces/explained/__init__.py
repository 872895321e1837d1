"""What a trace says, in words: where the time went and what went wrong, as sentences and as text to paste."""
