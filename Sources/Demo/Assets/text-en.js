// The texts of the demo in English. text-zh.js has the same keys; `{name}` is filled in.
// Each part of the page has a block of its own; keys stand first on their lines.
export default {
  // shared
  "language.label": "Language",

  // lanes

  // rooms
};
