// Sizes are the business of scripts/check-bundle.mjs.
module.exports = { entry: "./main.js", performance: false };
