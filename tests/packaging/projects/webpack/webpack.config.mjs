export default {
  mode: "production",
  entry: "./main.mjs",
  output: { filename: "main.js" },
  // A warning of the package would be a fault of it; the size is known (pkg-scripts/npm-size).
  ignoreWarnings: [],
  performance: { hints: false },
};
