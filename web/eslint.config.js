import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["dist/", "generated/", "nets/", "node_modules/"] },
  js.configs.recommended,
  { languageOptions: { globals: { ...globals.browser, ...globals.worker, ...globals.audioWorklet } } },
  { files: ["tests/**", "eslint.config.js"], languageOptions: { globals: globals.node } },
];
