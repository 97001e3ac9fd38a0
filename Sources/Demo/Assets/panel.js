// The side panel: what the chosen lane's last exchange was on the wire, who spoke when, and what the
// technique's law says of the present settings.

import { pageSettings } from './settings.js';
import { make } from './dom.js';
import { showExport } from './export.js';
import { apply, ms, t } from './i18n.js';
import { lab } from './lab.js';
import { ladderFigure, ladderList, ladderModel } from './ladder.js';
import { lanes } from './lanes.js';
import { lawFigure, measure } from './law.js';
import {
  Transcript, classTable, countByClass, isOpening, isPolling, lastExchange,
} from './transcript.js';

/** After a change, answers under way are still the old settings': so long nothing is counted. */
const settling = 1500;

/** The law is asked for again this often, in milliseconds; it changes with the settings only. */
const lawInterval = 5000;

const panel = {
  lane: null, observed: null, isHeld: false, law: null, lawAsked: -Infinity, lawKey: '',
  /** The settings that the counts since `since` belong to, and the counts at that moment. */
  settings: '', changed: 0, since: null, baseline: {},
  /** The heads that opened a lane's stream: seen once, shown as long as the stream lasts. */
  openings: new Map(),
  parts: {},
};

/** Builds the panel in `#panel` and follows the chosen lane. */
export function startPanel() {
  const container = document.getElementById('panel');
  const parts = panel.parts;
  parts.chooser = make('select', { id: 'panel-lane', onchange: () => choose(parts.chooser.value, true) });
  parts.summary = make('p', { className: 'quiet' });
  parts.hold = make(
    'button', { type: 'button', 'aria-pressed': 'false', 'data-t': 'panel.hold', onclick: hold });
  parts.again = make('button', {
    type: 'button', 'data-t': 'panel.again', 'data-t-title': 'panel.again.what',
    onclick: () => panel.lane.restart(),
  });
  parts.wire = section('wire');
  parts.ladder = section('ladder');
  parts.law = section('law');
  parts.record = section('record');
  parts.classes = make('div', {});
  parts.wire.append(parts.classes);
  const transcript = make('div', { className: 'transcript' });
  parts.wire.append(transcript);
  parts.transcript = new Transcript(transcript);
  parts.figure = make('div', { className: 'figure' });
  parts.clock = make('p', { className: 'quiet' });
  parts.steps = make('div', {});
  parts.ladder.append(
    parts.figure, parts.clock,
    make('details', {}, make('summary', { 'data-t': 'ladder.as-list' }), parts.steps));
  container.setAttribute('aria-labelledby', 'panel-title');
  container.replaceChildren(
    make(
      'header', {},
      make('h2', { id: 'panel-title', 'data-t': 'panel.title' }),
      make('label', { for: 'panel-lane', className: 'visually-hidden', 'data-t': 'panel.lane' }),
      parts.chooser, parts.hold, parts.again),
    parts.summary,
    ...['wire', 'ladder', 'law', 'record'].map((name) => parts[name].closest('details')),
    make('p', { className: 'quiet', 'data-t': 'panel.polls' }));
  showExport(parts.record);
  document.addEventListener('lanechosen', (event) => choose(event.detail, false));
  document.addEventListener('languagechange', relabel);
  lab.addEventListener('observed', (event) => observe(event.detail ?? lab.observed));
  relabel();
  choose([...lanes.keys()][0], false);
}

/** A part of the panel that can be folded away; what is folded is not drawn. */
function section(name) {
  const body = make('div', { className: `part ${name}` });
  make(
    'details', { open: true, ontoggle: () => update() },
    make('summary', {}, make('h3', { 'data-t': `panel.${name}` })), body);
  return body;
}

function isOpen(part) {
  return part.closest('details').open;
}

/** Writes what depends on the language. */
function relabel() {
  const { chooser } = panel.parts;
  chooser.replaceChildren(...[...lanes.values()].map(
    (lane) => make('option', { value: lane.id }, has(`technique.${lane.id}`, lane.title))));
  if (panel.lane) chooser.value = panel.lane.id;
  apply(document.getElementById('panel'));
  describe();
  update();
}

/** Opens these parts of the panel and folds the others away: what a step of the tour is about. */
export function showParts(names) {
  for (const name of ['wire', 'ladder', 'law']) {
    panel.parts[name].closest('details').open = names.includes(name);
  }
  document.getElementById('panel').scrollTop = 0;
}

/** The text of a key, or the server's own where there is none: techniques may be added. */
function has(key, otherwise) {
  const text = t(key);
  return text === key ? otherwise : text;
}

function describe() {
  const { lane, parts } = panel;
  if (lane) parts.summary.textContent = has(`technique.${lane.id}.what`, lane.summary ?? '');
}

/** Shows another lane. `tell` where the panel's own list chose it, so that the page follows. */
function choose(id, tell) {
  const lane = lanes.get(id);
  if (!lane || lane === panel.lane) return;
  panel.lane = lane;
  panel.law = null;
  panel.lawAsked = -Infinity;
  panel.parts.chooser.value = id;
  panel.parts.again.hidden = isPolling(id);
  setHeld(false);
  describe();
  lab.observe(id);
  if (tell) document.dispatchEvent(new CustomEvent('lanechosen', { detail: id }));
  update();
}

function hold() {
  setHeld(!panel.isHeld);
  update();
}

function setHeld(held) {
  panel.isHeld = held;
  panel.parts.hold.setAttribute('aria-pressed', held);
}

/** Takes what the server saw of this page; twice a second. */
function observe(observed) {
  if (!observed?.lanes) return;
  panel.observed = observed;
  for (const [id, seen] of Object.entries(observed.lanes)) {
    const opening = (seen.exchange ?? []).filter(isOpening);
    if (opening.length) panel.openings.set(id, opening.slice(-2));
  }
  followSettings();
  askLaw();
  update();
}

/** Counts begin again when the settings change, and the answers of the old ones have come. */
function followSettings() {
  const settings = JSON.stringify([lab.state?.settings, pageSettings()]);
  if (settings !== panel.settings) {
    panel.settings = settings;
    panel.changed = performance.now();
    panel.since = null;
    panel.lawAsked = -Infinity;
  } else if (panel.since === null && performance.now() - panel.changed > settling) {
    panel.since = lab.now();
    panel.baseline = panel.observed.lanes;
  }
}

/** Asks the server for the law of the chosen lane under the present settings. */
async function askLaw() {
  if (!panel.lane || performance.now() - panel.lawAsked < lawInterval) return;
  panel.lawAsked = performance.now();
  const { connection = 'keep-alive', poll_ms: interval } = pageSettings();
  const query = new URLSearchParams({ technique: panel.lane.id, connection, page: lab.page });
  if (interval) query.set('poll_ms', interval);
  const key = `${query}`;
  try {
    const answer = await fetch(`/lab/law?${query}`, { cache: 'no-store' });
    if (answer.ok && key.includes(panel.lane.id)) panel.law = await answer.json();
  } catch {
    panel.law = null;
  }
}

/** What is measured of a lane since the settings changed: also the tour's and the slide's figures. */
export function measured(id) {
  const seen = panel.observed?.lanes?.[id];
  return measure(lanes.get(id), seen, panel.baseline[id], panel.since ?? Infinity);
}

/** What the server saw of a lane since the settings changed, or since the page opened. */
export function counted(id) {
  return { seen: panel.observed?.lanes?.[id], baseline: panel.baseline[id] };
}

/** Draws what is open. */
function update() {
  const { lane, parts, observed } = panel;
  if (!lane || !observed) return;
  const seen = observed.lanes[lane.id];
  const messages = seen?.exchange ?? [];
  if (!panel.isHeld && isOpen(parts.wire)) showWire(lane, seen, messages);
  if (!panel.isHeld && isOpen(parts.ladder)) showLadder(lane, seen, messages);
  if (isOpen(parts.law)) {
    parts.law.replaceChildren(...lawFigure({
      law: panel.law, measured: measured(lane.id),
      clockError: (lab.clock?.error ?? 0) / 1e6,
      seconds: panel.since === null ? 0 : (lab.now() - panel.since) / 1e9,
    }).filter(Boolean));
  }
}

function showWire(lane, seen, messages) {
  const { transcript, classes } = panel.parts;
  if (transcript.isHeld) return;
  let exchange = lastExchange(messages, lane.id);
  const opening = panel.openings.get(lane.id) ?? [];
  if (exchange.length && !exchange.some(isOpening)) exchange = [...opening, ...exchange];
  transcript.show(exchange, lane.id);
  classes.replaceChildren(classTable(
    countByClass(exchange), { up: seen?.up ?? {}, down: seen?.down ?? {} }, seen?.events ?? 0));
}

function showLadder(lane, seen, messages) {
  const { figure, steps, clock } = panel.parts;
  // Until the clocks are compared nothing is known; 5 ms keep the picture sane.
  const error = Math.min(lab.clock?.error ?? Infinity, 5e6);
  const oneWay = ((lab.state?.settings?.rtt_ms ?? 0) / 2) * 1e6;
  const ended = (seen?.ended ?? []).map((one) => one.at_ns);
  const model = ladderModel({ messages, lane, technique: lane.id, oneWay, error, ended });
  clock.textContent = t('ladder.clock', { error: ms(error / 1e6) });
  if (!model) {
    figure.replaceChildren(make('p', { className: 'quiet' }, t('wire.nothing')));
    steps.replaceChildren();
    return;
  }
  figure.replaceChildren(ladderFigure(model, Math.max(300, Math.min(figure.clientWidth, 620))));
  steps.replaceChildren(ladderList(model));
}
