"""Charts drawn by the server: plain numbers to paths, ticks and texts that templates show as SVG. Pure.

A drawing is WIDTH units wide and stretches to the room it has; heights are pixels. Positions of texts are per cent of
the width. static/js/elements/chart-group.js draws the same scales again, in a browser that has time for it.
"""
