/** The page: a viewer that opens what its address says. */
import "../src/index.js";
