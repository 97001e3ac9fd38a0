// The guided tour: eight steps, each with settings of its own, what to look at, live figures, and a
// question for the class. `#tour=3` is a step, `#tour=2b` a variant of one; they can be linked to.

import { applySettings } from './controls.js';
import { make } from './dom.js';
import { fragment, setFragment } from './fragment.js';
import { addTexts, apply, t } from './i18n.js';
import { lab } from './lab.js';
import { lanes } from './lanes.js';
import { showParts } from './panel.js';
import { pageSettings } from './settings.js';

/** How many steps there are: they are numbered before they are loaded. */
const stepCount = 8;

const tour = {
  step: 0, variant: 0,
  /** The module of the steps, which comes with their texts when the tour begins. */
  guide: null,
  /** The settings before the tour. */
  saved: null,
  container: null,
};

/** For tests and teachers: where the tour is. */
export const tourState = { get step() { return tour.step; }, steps: stepCount };

const savedKey = 'pushbench.before-tour';

/** The settings before the tour, which outlive a reload in the middle of a lecture. */
function save() {
  const before = {
    settings: { ...lab.state.settings, ...pageSettings() },
    paused: [...lanes.values()].filter((lane) => lane.status === 'paused').map((lane) => lane.id),
  };
  try {
    const kept = sessionStorage.getItem(savedKey);
    tour.saved ??= kept ? JSON.parse(kept) : before;
    if (!kept) sessionStorage.setItem(savedKey, JSON.stringify(before));
  } catch {
    // Storage is forbidden: leaving restores what this page knows.
    tour.saved ??= before;
  }
}

function restore() {
  const before = tour.saved;
  tour.saved = null;
  try {
    sessionStorage.removeItem(savedKey);
  } catch {
    // As above.
  }
  showParts(['wire', 'ladder', 'law']);
  if (!before) return;
  const running = [...lanes.keys()].filter((id) => !before.paused.includes(id));
  applySettings({ ...before.settings, lanes: running });
}

/**
 * The page is left in the middle of the tour: the server gets its settings back, which other pages
 * share. A page that is only loaded again has the step's settings in force again at once.
 */
function restoreServer() {
  if (!tour.step || !tour.saved) return;
  fetch('/lab/settings', {
    method: 'POST', keepalive: true, headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(serverSettings(tour.saved.settings)),
  }).catch(() => {});
}

/** Those of `settings` that are the server's. */
function serverSettings(settings) {
  return Object.fromEntries(
    Object.keys(lab.state.settings).map((name) => [name, settings[name]]));
}

/** Shows the tour in `#tour` and follows the fragment. */
export function startTour() {
  tour.container = document.getElementById('tour');
  tour.container.setAttribute('aria-labelledby', 'tour-title');
  tour.container.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || !tour.step || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    go(Math.max(tour.step + step, 1));
  });
  addEventListener('hashchange', follow);
  addEventListener('pagehide', restoreServer);
  document.addEventListener('languagechange', render);
  lab.addEventListener('observed', showFigures);
  render();
  follow();
}

/** Goes where the fragment says: step and variant, or out of the tour. */
async function follow() {
  if (asked().step && !tour.guide) {
    [tour.guide] = await Promise.all([import('./tour-steps.js'), addTexts('tour')]);
  }
  // The fragment may have changed while the steps were loaded.
  const { step, variant } = asked();
  if (step === tour.step && variant === tour.variant) return;
  const was = tour.step;
  const hadFocus = tour.container.contains(document.activeElement);
  if (step && !was) save();
  tour.step = step;
  tour.variant = variant;
  if (step) enter();
  else restore();
  render();
  if (hadFocus) tour.container.querySelector('h2')?.focus();
}

/** The step and the variant that the fragment asks for; step 0 is none. */
function asked() {
  const [, step = 0, letter = 'a'] = /^([1-8])([a-c])?$/.exec(fragment().get('tour') ?? '') ?? [];
  const variants = tour.guide?.steps[step - 1]?.variants?.length ?? 1;
  return { step: Number(step), variant: Math.min('abc'.indexOf(letter), variants - 1) };
}

/** Puts a step's settings in force. */
function enter() {
  const { ground, progress, steps } = tour.guide;
  const step = steps[tour.step - 1];
  progress.entered = Infinity;
  progress.acted = null;
  const present = tour.step;
  Promise.resolve(applySettings({
    ...ground, ...step.settings, ...step.variants?.[tour.variant][1], lanes: step.lanes,
  })).finally(() => {
    if (step.renewed && tour.step === present) lanes.get(step.renewed).restart();
    // Questions asked before are answered as they were meant.
    setTimeout(() => { if (tour.step === present) progress.entered = lab.now(); }, 1000);
  });
  document.dispatchEvent(new CustomEvent('lanechosen', { detail: step.lane }));
  showParts(step.parts);
}

/** Goes to a step by way of the fragment, so that back and forward work. */
function go(step, variant = 0) {
  const to = Math.min(Math.max(step, 0), stepCount);
  setFragment('tour', to ? `${to}${variant ? 'abc'[variant] : ''}` : null);
}

function button(key, onclick, properties = {}) {
  return make('button', { type: 'button', 'data-t': key, onclick, ...properties });
}

/** Writes the step: heading and ways on, what it is about, what to look at, figures, question. */
function render() {
  const n = tour.step;
  const links = Array.from({ length: stepCount }, (_, i) => i + 1).map((i) => make('li', {}, make('a', {
    href: `#tour=${i}`, 'aria-current': i === n ? 'step' : null,
    'aria-label': `${i}: ${t(`tour.${i}.title`)}`, title: t(`tour.${i}.title`),
  }, `${i}`)));
  const title = n ? t('tour.step', { n, title: t(`tour.${n}.title`) }) : t('tour.title');
  tour.container.dataset.step = n;
  tour.container.replaceChildren(
    make(
      'div', { className: 'tour-head' },
      make('h2', { id: 'tour-title', tabIndex: -1 }, title),
      make('ol', { className: 'tour-steps', 'aria-label': t('tour.steps') }, links),
      n > 0 && button('tour.previous', () => go(n - 1), { disabled: n === 1 }),
      n > 0
        ? button('tour.next', () => go(n + 1), { disabled: n === stepCount })
        : button('tour.start', () => go(1)),
      n > 0 && button('tour.leave', () => go(0))),
    n ? tour.guide.stepBody(n, tour.variant, go) : make('p', { className: 'quiet', 'data-t': 'tour.what' }));
  apply(tour.container);
  showFigures();
}

/** Writes the live figures again; twice a second. */
function showFigures() {
  const list = tour.container.querySelector('.figures');
  if (!list || !tour.step) return;
  list.replaceChildren(...tour.guide.figuresOf(tour.step).map((line) => make('li', {}, line)));
}
