// The controls: what the server publishes, the link, how the page polls, and what can be broken.

import { make } from './dom.js';
import { fragment } from './fragment.js';
import { apply, bytes, count, ms, t } from './i18n.js';
import { lab } from './lab.js';
import { lanes } from './lanes.js';
import { forgetFigures } from './rows.js';
import { changePageSettings, pageSettings } from './settings.js';
import { startWall } from './wall.js';

export { pageSettings } from './settings.js';

/** Changes are sent when nothing was changed for so long, in milliseconds. */
const debounce = 250;
/** Settings that the page itself keeps. */
const pageKeys = ['poll_ms', 'connection', 'header', 'give_up_ms'];
const cutSeconds = 5;
const isNarrow = matchMedia('(max-width: 34rem)');

/** The numbers: where the slider stops, what may be typed, how it is read aloud. */
const numbers = {
  rate: { stops: [0, 0.1, 0.2, 0.5, 1, 2, 4, 10, 20, 50, 100], max: 1000, unit: '/s', say: count },
  payload_bytes: {
    stops: [62, 100, 200, 500, 1000, 2000, 5000, 10000, 20000], min: 62, max: 65536, unit: 'B', say: bytes },
  rtt_ms: { stops: [0, 5, 10, 20, 50, 100, 200, 300, 500, 1000], max: 5000, unit: 'ms', say: ms },
  poll_ms: {
    stops: [100, 200, 500, 1000, 2000, 5000, 10000], min: 20, max: 60000, unit: 'ms', say: ms },
  hold_ms: {
    stops: [1000, 2000, 5000, 10000, 25000, 60000], min: 10, max: 3600000, unit: 'ms', say: ms },
  jitter_ms: { stops: [0, 1, 2, 5, 10, 20, 50, 100], max: 2500, unit: 'ms', say: ms },
  loss: {
    stops: [0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1], max: 0.5, unit: '%', scale: 100,
    say: (value) => `${value * 100} %` },
  batch: { stops: [0, 1, 2, 5, 10, 100], max: 1000, unit: '', say: count },
  heartbeat_ms: { stops: [0, 500, 1000, 2000, 5000, 15000], max: 3600000, unit: 'ms', say: ms },
  response_limit_bytes: {
    stops: [0, 16384, 65536, 131072, 1048576, 16777216], max: 1073741824, unit: 'B', say: bytes },
  give_up_ms: { stops: [0, 1000, 2000, 3000, 5000, 10000, 30000], max: 120000, unit: 'ms', say: ms },
};
const choices = {
  connection: ['keep-alive', 'close'],
  header: ['minimal', 'browser', 'cookie'],
  arrivals: ['poisson', 'periodic'],
};
/** Groups of controls; those of the second row are for who wants to know more. */
const groups = [
  ['events', ['rate', 'payload_bytes', 'burst']],
  ['link', ['rtt_ms', 'connection']],
  ['polling', ['poll_ms', 'hold_ms', 'header']],
];
const moreGroups = [
  ['events', ['arrivals', 'batch']],
  ['link', ['jitter_ms', 'loss']],
  ['streams', ['heartbeat_ms', 'response_limit_bytes', 'give_up_ms']],
];

const controls = new Map();
let pending = {};
let timer = null;
let message = null;
let target = null;
let hint = null;
/** What is shown in the line below while nothing is pointed at. */
let said = { key: 'controls.hint', values: {} };

/** The value of a setting, whoever keeps it. */
function current(name) {
  return pending[name] ?? (pageKeys.includes(name) ? pageSettings() : lab.state.settings)[name];
}

/** Says something in the line under the controls: what was refused, or done. */
function say(key, values = {}, isRefusal = false) {
  said = { key, values };
  message.textContent = t(key, values);
  message.classList.toggle('refused', isRefusal);
}

/**
 * Puts settings in force, the page's own and the server's; `lanes` lists those that run, the others
 * are paused. Resolves when the server has taken them.
 */
export async function applySettings(settings) {
  const { lanes: running, ...changes } = settings;
  clearTimeout(timer);
  pending = {};
  if (running) {
    for (const lane of lanes.values()) lane.pause(!running.includes(lane.id));
  }
  await send(changes);
}

/** Sends what differs from what is in force. */
async function send(changes) {
  const before = pageSettings().header;
  if (changePageSettings(changes)) forgetFigures();
  // A stream has sent its head: only a new one carries another.
  if (pageSettings().header !== before) for (const lane of lanes.values()) lane.restart();
  const known = lab.state.settings;
  const rest = Object.fromEntries(Object.entries(changes).filter(
    ([name, value]) => name in known && !pageKeys.includes(name) && known[name] !== value));
  try {
    if (Object.keys(rest).length) {
      await lab.change(rest);
      forgetFigures();
    }
    say('controls.hint');
  } catch (error) {
    say('controls.refused', { reason: error.message }, true);
  }
  show();
}

/** Notes a change, and sends it when the hand has come to rest. */
function change(name, value) {
  pending[name] = value;
  clearTimeout(timer);
  timer = setTimeout(() => {
    const changes = pending;
    pending = {};
    send(changes);
  }, debounce);
}

/** Gives an order and says what became of it. */
async function order(act, key, values) {
  try {
    await act();
    say(key, values);
  } catch (error) {
    say('controls.refused', { reason: error.message }, true);
  }
  showFaults();
}

// Making controls

/** Shows a control's hint in the line below while it is pointed at or has the focus. */
function explain(element, key, ...described) {
  const show = () => {
    hint.textContent = t(key);
    hint.hidden = false;
    message.hidden = true;
  };
  const hide = () => {
    hint.hidden = true;
    message.hidden = false;
  };
  for (const name of ['pointerenter', 'focusin']) element.addEventListener(name, show);
  for (const name of ['pointerleave', 'focusout']) element.addEventListener(name, hide);
  const id = `hint-${key.replaceAll('.', '-')}`;
  element.append(make('span', { id, hidden: true, 'data-t': key }));
  for (const input of described) input.setAttribute('aria-describedby', id);
  return element;
}

function makeNumber(name) {
  const { stops, min = 0, max, unit, scale = 1, say: read } = numbers[name];
  const id = `control-${name}`;
  const input = make('input', {
    type: 'number', id, min: min * scale, max: max * scale, step: 'any', required: true, inputMode: 'decimal',
  });
  const range = make('input', { type: 'range', min: 0, max: stops.length - 1, step: 1 });
  const label = `controls.${name}`;
  range.setAttribute('data-t-label', `${label}.slider`);
  const place = (value) => stops.reduce(
    (best, stop, i) => (Math.abs(stop - value) < Math.abs(stops[best] - value) ? i : best), 0);
  const showRange = (value) => {
    range.value = place(value);
    range.setAttribute('aria-valuetext', read(value));
  };
  range.addEventListener('input', () => {
    const value = stops[range.value];
    input.value = tidy(value * scale);
    range.setAttribute('aria-valuetext', read(value));
    change(name, value);
  });
  input.addEventListener('input', () => {
    if (!input.checkValidity()) return;
    showRange(input.valueAsNumber / scale);
    change(name, input.valueAsNumber / scale);
  });
  input.addEventListener('change', () => {
    if (!input.checkValidity()) say('controls.refused', { reason: input.validationMessage }, true);
  });
  controls.set(name, (value) => {
    if (value == null) return;
    if (document.activeElement !== input) input.value = tidy(value * scale);
    if (document.activeElement !== range) showRange(value);
  });
  return explain(
    make(
      'div', { className: 'control' },
      make('label', { for: id, 'data-t': label }),
      make('div', { className: 'pair' }, range, make(
        'span', { className: 'typed' }, input, make('span', { className: 'unit' }, unit)))),
    `${label}.hint`, input, range);
}

/** A number without the dust of binary fractions. */
function tidy(value) {
  return String(Number(value.toPrecision(10)));
}

function makeChoice(name) {
  const id = `control-${name}`;
  const label = `controls.${name}`;
  const select = make(
    'select', { id, onchange: () => change(name, select.value) },
    choices[name].map((value) => make('option', { value, 'data-t': `${label}.${value}` })));
  controls.set(name, (value) => { if (value) select.value = value; });
  return explain(
    make('div', { className: 'control' }, make('label', { for: id, 'data-t': label }), select),
    `${label}.hint`, select);
}

function makeBurst() {
  const input = make('input', {
    type: 'number', id: 'control-burst', min: 1, max: 1000, step: 1, value: 20, required: true });
  const button = make('button', {
    type: 'button', 'data-t': 'controls.burst.do', onclick: () => {
      if (!input.checkValidity()) {
        say('controls.refused', { reason: input.validationMessage }, true);
        return;
      }
      const n = input.valueAsNumber;
      order(() => lab.burst(n), 'controls.burst.done', { n });
    } });
  return explain(
    make(
      'div', { className: 'control narrow' },
      make('label', { for: 'control-burst', 'data-t': 'controls.burst' }),
      make('div', { className: 'pair' }, input, button)),
    'controls.burst.hint', input, button);
}

function makeGroup([name, names]) {
  const parts = names.map((each) => {
    if (each === 'burst') return makeBurst();
    return each in numbers ? makeNumber(each) : makeChoice(each);
  });
  return make(
    'fieldset', {}, make('legend', { 'data-t': `controls.group.${name}` }), ...parts);
}

/** What can be broken, and on which lane. */
function makeFaults() {
  target = make('select', { id: 'control-target', onchange: showFaults });
  const chosen = () => target.value || null;
  const press = (name, act) => explain(
    make('span', {}, make('button', {
      type: 'button', id: `fault-${name}`, 'data-t': `controls.${name}`, onclick: () => {
        const where = target.selectedOptions[0].textContent;
        order(() => act(chosen()), `controls.${name}.done`, { lane: where, seconds: cutSeconds });
      },
    })),
    `controls.${name}.hint`);
  const each = (lane, act) => (
    lane ? act(lane) : Promise.all([...lanes.keys()].map((id) => act(id))));
  return make(
    'fieldset', { className: 'faults' }, make('legend', { 'data-t': 'controls.group.faults' }),
    make(
      'div', { className: 'control' },
      make('label', { for: 'control-target', 'data-t': 'controls.target' }), target),
    make(
      'div', { className: 'buttons' },
      press('cut', (lane) => lab.cut(cutSeconds, lane)),
      press('freeze', (lane) => {
        const on = !isFault('frozen');
        return each(lane, (id) => lab.freeze(id, on));
      }),
      press('reset', (lane) => lab.reset(lane)),
      press('blackhole', (lane) => lab.blackhole(lane, !isFault('blackholed')))));
}

/** Whether all the lanes that are aimed at have a fault now. */
function isFault(name) {
  const aimed = lab.state.lanes.filter(
    ({ technique }) => !target.value || technique === target.value);
  return aimed.length > 0 && aimed.every((lane) => lane[name]);
}

function showFaults() {
  for (const [id, name] of [['freeze', 'frozen'], ['blackhole', 'blackholed']]) {
    document.getElementById(`fault-${id}`).setAttribute('aria-pressed', isFault(name));
  }
}

/** Writes the present values, except where somebody is typing. */
function show() {
  for (const [name, write] of controls) write(current(name));
  if (target) showFaults();
}

function relabel() {
  const before = target.value;
  target.replaceChildren(
    make('option', { value: '' }, t('controls.target.all')),
    ...[...lanes.values()].map(
      (lane) => make('option', { value: lane.id }, t(`technique.${lane.id}`))));
  target.value = before;
  message.textContent = t(said.key, said.values);
}

/** On a phone the lanes come first, and in the tour, which sets the controls; else they are always open. */
function foldWhereNarrow(details) {
  let wasFolded = null;
  const fold = () => {
    const isFolded = isNarrow.matches || fragment().has('tour');
    if (isFolded !== wasFolded) details.open = !isFolded;
    wasFolded = isFolded;
  };
  isNarrow.addEventListener('change', fold);
  addEventListener('hashchange', fold);
  fold();
}

/** Builds the controls in `#controls` and follows the state. */
export function startControls() {
  const container = document.getElementById('controls');
  message = make('p', { role: 'status', className: 'said' });
  hint = make('p', { className: 'said', 'aria-hidden': 'true', hidden: true });
  const all = make(
    'details', { className: 'all' }, make('summary', { 'data-t': 'controls.title' }),
    make(
      'div', {},
      make('div', { className: 'groups' }, ...groups.map(makeGroup), makeFaults()),
      make(
        'div', { className: 'row' },
        make(
          'details', { className: 'more' }, make('summary', { 'data-t': 'controls.more' }),
          make('div', { className: 'groups' }, ...moreGroups.map(makeGroup))),
        startWall(), make('div', { className: 'saying' }, message, hint))));
  container.append(all);
  foldWhereNarrow(all);
  lab.addEventListener('state', show);
  document.addEventListener('languagechange', () => {
    relabel();
    show();
  });
  relabel();
  say('controls.hint');
  show();
  apply(container);
}
