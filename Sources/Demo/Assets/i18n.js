// Texts in the reader's language. A page loads the text file of the one language that it shows: the
// module waits for it (top-level await), so `t` works as soon as the importing module runs.

/** The languages that a text file exists for, by their own names. */
export const languages = { en: 'English', zh: '中文' };

const storageKey = 'pushbench.language';
let current = initialLanguage();
/** The parts of the texts that are in use: those of every page, and what `addTexts` brought. */
const parts = ['text'];
let texts = await load(parts, current);
document.documentElement.lang = htmlLanguage(current);

/** The texts of these parts, together. */
async function load(names, code) {
  const modules = await Promise.all(names.map((name) => import(`./${name}-${code}.js`)));
  return Object.assign({}, ...modules.map((module) => module.default));
}

/** Adds the texts of `name`-en.js or `name`-zh.js, which not everybody who opens the page needs. */
export async function addTexts(name) {
  if (parts.includes(name)) return;
  parts.push(name);
  texts = { ...texts, ...await load([name], current) };
}

/** `?lang=zh` wins (a teacher's link), then what was chosen before, then the browser's language. */
function initialLanguage() {
  const asked = new URLSearchParams(location.search).get('lang') ?? stored() ?? navigator.language;
  return asked.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

/** The remembered choice; nothing where storage is forbidden. */
function stored() {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null;
  }
}

function htmlLanguage(code) {
  return code === 'zh' ? 'zh-Hans' : code;
}

/** The language shown now: `en` or `zh`. */
export function language() {
  return current;
}

/** The text of `key`, its `{name}` places filled from `values`; an unknown key shows itself. */
export function t(key, values = {}) {
  const text = texts[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}

/** Whether there is a text for `key`. */
export function has(key) {
  return key in texts;
}

const attributes = {
  'data-t-label': 'aria-label',
  'data-t-title': 'title',
  'data-t-placeholder': 'placeholder',
  'data-t-alt': 'alt',
};

/**
 * Fills the texts below `root`: `data-t="key"` the element's text, `data-t-label` its accessible
 * name, `data-t-title` its tooltip, `data-t-placeholder` and `data-t-alt` what they say.
 */
export function apply(root = document) {
  for (const element of root.querySelectorAll('[data-t]')) {
    element.textContent = t(element.dataset.t);
  }
  for (const [source, target] of Object.entries(attributes)) {
    for (const element of root.querySelectorAll(`[${source}]`)) {
      element.setAttribute(target, t(element.getAttribute(source)));
    }
  }
}

/**
 * Changes the language, remembers it, fills the document and dispatches `languagechange` on it, at
 * which modules write again what they have written with `t`.
 */
export async function setLanguage(code) {
  if (!(code in languages) || code === current) return;
  texts = await load(parts, code);
  current = code;
  try {
    localStorage.setItem(storageKey, code);
  } catch {
    // Storage is forbidden: the choice holds until the page is left.
  }
  document.documentElement.lang = htmlLanguage(code);
  apply(document);
  document.dispatchEvent(new Event('languagechange'));
}

/** Fills `container` with a button for each language; the one shown is pressed. */
export function showLanguageSwitch(container) {
  const buttons = Object.entries(languages).map(([code, name]) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.lang = htmlLanguage(code);
    button.textContent = name;
    button.addEventListener('click', () => setLanguage(code));
    return [code, button];
  });
  const mark = () => {
    for (const [code, button] of buttons) button.setAttribute('aria-pressed', code === current);
  };
  container.replaceChildren(...buttons.map(([, button]) => button));
  container.setAttribute('role', 'group');
  container.dataset.tLabel = 'language.label';
  apply(container.parentNode ?? document);
  mark();
  document.addEventListener('languagechange', mark);
}

/** A duration in milliseconds as people read it: `0.42 ms`, `37.5 ms`, `812 ms`, `3.20 s`. */
export function ms(value) {
  if (value == null || !Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 1000) return `${digits(value / 1000)} s`;
  return `${digits(value)} ms`;
}

/** A number of bytes: `512 B`, `1,024 B`, `12.5 KiB`. */
export function bytes(value) {
  if (value == null || !Number.isFinite(value)) return '–';
  if (value < 10240) return `${value < 100 && value % 1 ? digits(value) : count(Math.round(value))} B`;
  return value < 10485760 ? `${digits(value / 1024)} KiB` : `${digits(value / 1048576)} MiB`;
}

/** A whole number with separators of thousands. */
export function count(value) {
  return value == null ? '–' : value.toLocaleString('en-US');
}

/** Three significant digits, which is what a figure in a lecture can carry. */
export function digits(value) {
  if (value == null || !Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size === 0 ? 0 : 2);
}
