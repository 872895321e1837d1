"""What pages and the API ask of roll-ups. Doors call these and nothing below.

A window is aligned outwards to whole slots; each answer says what it covers. Windows without roll-ups, in the future
or before everything, give empty answers, never an error. `before` is a window to compare with; `now_ns` is now.
"""

from services_map.reading.links import load_links as load_links
from services_map.reading.links import load_neighbours as load_neighbours
from services_map.reading.rolling import load_rolled as load_rolled
from services_map.reading.subjects import find_examples as find_examples
from services_map.reading.subjects import load_histogram as load_histogram
from services_map.reading.subjects import load_operations as load_operations
from services_map.reading.subjects import load_services as load_services
from services_map.reading.subjects import load_subject as load_subject
from services_map.reading.usual import load_baselines as load_baselines
from services_map.reading.usual import load_usual as load_usual
