const { join } = require("node:path");

module.exports = {
  entry: "./main.js",
  output: { path: join(__dirname, "public") },
  // Sizes are the business of scripts/check-bundle.mjs.
  performance: false,
};
