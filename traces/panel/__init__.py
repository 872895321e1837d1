"""What the panel shows of one span, made ready for its template. Pure.

Text stays unescaped but visible, as `traces.words` leaves it: templates escape HTML.
"""
