// The guided tour: eight steps, each with settings of its own, what to look at, live figures, and a
// question for the class. `#tour=3` is a step, `#tour=2b` a variant of one; they can be linked to.

import { applySettings } from './controls.js';
import { make } from './dom.js';
import { fragment, setFragment } from './fragment.js';
import { apply, bytes, count, digits, ms, t } from './i18n.js';
import { lab } from './lab.js';
import { lanes } from './lanes.js';
import { counted, measured } from './panel.js';
import { sendBothWays } from './send.js';
import { pageSettings } from './settings.js';

/** What every step begins from, so that a step shows the same whichever came before. */
const ground = {
  rate: 4, arrivals: 'poisson', payload_bytes: 100, hold_ms: 25000, heartbeat_ms: 2000,
  response_limit_bytes: 1048576, batch: 0, rtt_ms: 50, jitter_ms: 0, loss: 0,
  poll_ms: 1000, connection: 'keep-alive', header: 'minimal',
};

const total = (counts) => Object.values(counts ?? {}).reduce((sum, value) => sum + value, 0);
const percent = (part, whole) => (whole > 0 ? `${digits((100 * part) / whole)} %` : '–');

/** The answers that a polling lane has had under the present step's settings. */
function answers(id) {
  return [...lanes.get(id).exchanges].filter(
    (exchange) => exchange.answered != null && exchange.asked >= tour.entered);
}

/** The least time between two answers, in milliseconds: the gap that no batching can shorten. */
export function leastGap(id) {
  const times = answers(id).map((exchange) => exchange.answered).sort((a, b) => a - b);
  const gaps = times.slice(1).map((time, i) => (time - times[i]) / 1e6);
  return gaps.length ? Math.min(...gaps) : null;
}

/** The events that reached a lane in the present step. */
function arrivals(id) {
  return [...lanes.get(id).events].filter((event) => event.t >= tour.entered);
}

/** How long the last burst took to arrive, from its due time to its last event; null before it. */
function burstTime(id) {
  const events = arrivals(id).filter((event) => tour.acted !== null && event.t >= tour.acted);
  const at = events.slice(0, burstSize).map((event) => event.at);
  return at.length >= burstSize ? (Math.max(...at) - tour.acted) / 1e6 : null;
}

const burstSize = 30;

/** A figure line: a key and its values; `lane` is written by its title. */
function laneFigure(key, id, values) {
  return [key, { lane: t(`technique.${id}`), ...values }];
}

/** Bytes and requests an event of a lane, and its typical latency. */
function costFigure(id) {
  const now = measured(id);
  return laneFigure('tour.figure.cost', id, {
    requests: digits(now.requests), up: bytes(now.up), down: bytes(now.down), p50: ms(now.p50) });
}

/** The steps: the lanes shown, settings over the ground, variants, what can be done, figures. */
const steps = [
  {
    lane: 'short-polling', lanes: ['short-polling', 'long-polling', 'websocket'],
    settings: { rate: 0.5, poll_ms: 500 },
    figures() {
      const all = answers('short-polling');
      const empty = all.filter((exchange) => exchange.count === 0).length;
      // P(no event in an interval) of a Poisson source: e^-λP.
      const law = Math.exp(-0.5 * 0.5) * 100;
      return [
        ['tour.1.figure', {
          empty: count(empty), all: count(all.length), share: percent(empty, all.length),
          law: digits(law) }],
        costFigure('short-polling'), costFigure('long-polling'), costFigure('websocket')];
    },
  },
  {
    lane: 'long-polling', lanes: ['long-polling', 'sse', 'websocket'],
    settings: { rate: 20, rtt_ms: 100 },
    variants: [['tour.2.keep', { connection: 'keep-alive' }], ['tour.2.new', { connection: 'close' }]],
    figures() {
      const gap = leastGap('long-polling');
      const all = answers('long-polling');
      const events = all.reduce((sum, exchange) => sum + exchange.count, 0);
      return [
        ['tour.2.figure', { gap: ms(gap), rtt: gap === null ? '–' : digits(gap / 100) }],
        ['tour.2.figure.batch', { n: all.length ? digits(events / all.length) : '–' }],
        ...['long-polling', 'sse', 'websocket'].map((id) => laneFigure('tour.figure.latency', id, {
          p50: ms(measured(id).p50), max: ms(measured(id).max) }))];
    },
  },
  {
    lane: 'long-polling', lanes: ['long-polling', 'jsonp-polling', 'sse', 'websocket'],
    settings: { rate: 1, rtt_ms: 100 },
    variants: [['tour.3.all', { batch: 0 }], ['tour.3.one', { batch: 1 }]],
    actions: [['tour.3.burst', () => lab.burst(burstSize)]],
    figures() {
      const most = Math.max(0, ...answers('long-polling').map((exchange) => exchange.count));
      return [
        ['tour.3.figure', { most: count(most) }],
        ...['long-polling', 'sse', 'websocket'].map((id) => laneFigure('tour.3.figure.time', id, {
          n: burstSize, time: ms(burstTime(id)) }))];
    },
  },
  {
    lane: 'long-polling', lanes: ['short-polling', 'long-polling', 'sse', 'websocket'],
    settings: { rate: 5, payload_bytes: 64, rtt_ms: 20 },
    variants: [
      ['tour.4.minimal', { header: 'minimal' }], ['tour.4.browser', { header: 'browser' }],
      ['tour.4.cookie', { header: 'cookie' }]],
    figures: () => ['short-polling', 'long-polling', 'sse', 'websocket'].map((id) => {
      const now = measured(id);
      return laneFigure('tour.4.figure', id, {
        all: bytes(now.up + now.down), times: digits((now.up + now.down) / 64) });
    }),
  },
  {
    lane: 'forever-iframe', lanes: ['forever-iframe', 'http-streaming', 'sse'],
    settings: { rate: 20, payload_bytes: 1000, response_limit_bytes: 131072, rtt_ms: 20 },
    // A frame that is open keeps the limit that it was asked with.
    renewed: 'forever-iframe',
    variants: [
      ['tour.5.short', { response_limit_bytes: 131072 }],
      ['tour.5.long', { response_limit_bytes: 16777216 }]],
    figures() {
      const { seen, baseline } = counted('forever-iframe');
      const down = total(seen?.down) - total(baseline?.down);
      return [
        ['tour.5.figure', {
          down: bytes(down), frames: count((seen?.requests ?? 0) - (baseline?.requests ?? 0)) }],
        costFigure('forever-iframe'), costFigure('http-streaming')];
    },
  },
  {
    lane: 'sse', lanes: ['sse', 'http-streaming', 'websocket'],
    settings: { rate: 5 },
    actions: [
      ['tour.6.reset', () => lab.reset('sse')], ['tour.6.cut', () => lab.cut(5, 'sse')]],
    figures() {
      const lane = lanes.get('sse');
      const last = [...lane.log].at(-1);
      return [
        ['tour.6.figure', {
          received: count(lane.received), lost: count(lane.lost), duplicate: count(lane.duplicate) }],
        ['tour.6.figure.log', { text: last ? t(last.key, last.values) : '–' }]];
    },
  },
  {
    lane: 'websocket', lanes: ['long-polling', 'sse', 'websocket'],
    settings: { rate: 1, header: 'browser' },
    actions: [['tour.7.frame', () => sent('frame')], ['tour.7.post', () => sent('post')]],
    figures: () => [sentFigure('frame'), sentFigure('post')],
  },
  {
    lane: 'short-polling', lanes: ['short-polling', 'long-polling', 'websocket'],
    settings: { rate: 0.2, poll_ms: 5000, heartbeat_ms: 15000 },
    figures: () => [
      ...['short-polling', 'long-polling', 'websocket'].map(costFigure),
      ['tour.8.figure', { clients: count(10000), requests: count(2000) }]],
  },
];

const tour = {
  step: 0, variant: 0,
  /** The server's time at which the step's settings were in force, and at which its action was taken. */
  entered: Infinity, acted: null,
  /** What the last message sent in step 7 cost each way. */
  sent: {},
  container: null,
};

/** For tests and teachers: where the tour is. */
export const tourState = { get step() { return tour.step; }, steps: steps.length };

async function sent(way) {
  tour.sent[way] = await sendBothWays(way);
  showFigures();
}

function sentFigure(way) {
  const cost = tour.sent[way];
  return [`tour.7.figure.${way}`, {
    up: bytes(cost?.up), down: bytes(cost?.down), text: cost ? count(cost.text) : '–' }];
}

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
    go(tour.step + step);
  });
  addEventListener('hashchange', follow);
  addEventListener('pagehide', restoreServer);
  document.addEventListener('languagechange', render);
  lab.addEventListener('observed', showFigures);
  render();
  follow();
}

/** Goes where the fragment says: step and variant, or out of the tour. */
function follow() {
  const asked = /^(\d)([a-c]?)$/.exec(fragment().get('tour') ?? '');
  const step = asked && asked[1] <= steps.length ? Number(asked[1]) : 0;
  const variant = step ? Math.max(0, 'abc'.indexOf(asked[2] || 'a')) : 0;
  if (step === tour.step && variant === tour.variant) return;
  const was = tour.step;
  const hadFocus = tour.container.contains(document.activeElement);
  if (step && !was) save();
  tour.step = step;
  tour.variant = Math.min(variant, Math.max(0, (steps[step - 1]?.variants?.length ?? 1) - 1));
  if (step) enter();
  else restore();
  render();
  if (hadFocus) tour.container.querySelector('h2')?.focus();
}

/** Puts a step's settings in force. */
function enter() {
  const step = steps[tour.step - 1];
  tour.entered = Infinity;
  tour.acted = null;
  const present = tour.step;
  Promise.resolve(applySettings({
    ...ground, ...step.settings, ...step.variants?.[tour.variant][1], lanes: step.lanes,
  })).finally(() => {
    if (step.renewed && tour.step === present) lanes.get(step.renewed).restart();
    // Questions asked before are answered as they were meant.
    setTimeout(() => { if (tour.step === present) tour.entered = lab.now(); }, 1000);
  });
  document.dispatchEvent(new CustomEvent('lanechosen', { detail: step.lane }));
}

/** Goes to a step by way of the fragment, so that back and forward work. */
function go(step, variant = 0) {
  const last = steps.length;
  const to = Math.min(Math.max(step, 0), last);
  setFragment('tour', to ? `${to}${variant ? 'abc'[variant] : ''}` : null);
}

function button(key, onclick, properties = {}) {
  return make('button', { type: 'button', 'data-t': key, onclick, ...properties });
}

/** Writes the step: heading and ways on, what it is about, what to look at, figures, question. */
function render() {
  const n = tour.step;
  const links = steps.map((_, i) => make('li', {}, make('a', {
    href: `#tour=${i + 1}`, 'aria-current': i + 1 === n ? 'step' : null,
    'aria-label': `${i + 1}: ${t(`tour.${i + 1}.title`)}`, title: t(`tour.${i + 1}.title`),
  }, `${i + 1}`)));
  const title = n ? t('tour.step', { n, title: t(`tour.${n}.title`) }) : t('tour.title');
  tour.container.dataset.step = n;
  tour.container.replaceChildren(
    make(
      'div', { className: 'tour-head' },
      make('h2', { id: 'tour-title', tabIndex: -1 }, title),
      make('ol', { className: 'tour-steps', 'aria-label': t('tour.steps') }, links),
      n > 0 && button('tour.previous', () => go(n - 1), { disabled: n === 1 }),
      n > 0
        ? button('tour.next', () => go(n + 1), { disabled: n === steps.length })
        : button('tour.start', () => go(1)),
      n > 0 && button('tour.leave', () => go(0))),
    n ? body(n, steps[n - 1]) : make('p', { className: 'quiet', 'data-t': 'tour.what' }));
  apply(tour.container);
  showFigures();
}

function body(n, step) {
  const looks = ['look1', 'look2', 'look3'].map((name) => `tour.${n}.${name}`)
    .filter((key) => t(key) !== key);
  const choices = (step.variants ?? []).map(([key], i) => button(
    key, () => go(n, i), { 'aria-pressed': `${i === tour.variant}` }));
  const actions = (step.actions ?? []).map(([key, act]) => button(key, () => {
    tour.acted = lab.now();
    Promise.resolve(act()).then(() => note(''), (error) => note(error.message));
  }));
  return make(
    'div', { className: 'tour-body' },
    make(
      'div', {},
      make('p', { 'data-t': `tour.${n}.say` }),
      make('div', { className: 'buttons' }, choices, actions),
      make('p', { role: 'status', className: 'quiet tour-note' }),
      make(
        'details', { className: 'ask' },
        make('summary', { 'data-t': `tour.${n}.ask` }), make('p', { 'data-t': `tour.${n}.answer` }))),
    make(
      'div', {},
      make('h3', { 'data-t': 'tour.look' }),
      make('ul', {}, looks.map((key) => make('li', { 'data-t': key }))),
      make('h3', { 'data-t': 'tour.figures' }),
      make('ul', { className: 'figures' })));
}

/** Says why an action was refused. */
function note(text) {
  const place = tour.container.querySelector('.tour-note');
  if (place) place.textContent = text;
}

/** Writes the live figures again; twice a second. */
function showFigures() {
  const list = tour.container.querySelector('.figures');
  if (!list || !tour.step) return;
  const lines = steps[tour.step - 1].figures();
  list.replaceChildren(...lines.map(([key, values]) => make('li', {}, t(key, values))));
}
