// A page with charts. The drawer is there before anything is clicked.

import "../elements/example-drawer.js";
import "../elements/chart-group.js";
