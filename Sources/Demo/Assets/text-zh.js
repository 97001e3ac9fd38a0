// The texts of the demo in Simplified Chinese. The keys are those of text-en.js.
export default {
  // shared
  "language.label": "语言",

  // lanes

  // rooms
};
