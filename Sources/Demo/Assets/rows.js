// The rows of the lanes: head, figures, strip. Figures are written four times a second at most, and
// only where they have changed.

import { make } from './dom.js';
import { bytes, count, digits, has, ms, t } from './i18n.js';
import { lab } from './lab.js';
import { lanes } from './lanes.js';
import { Ring } from './ring.js';
import { timeline } from './timeline.js';

const interval = 250;
/** Costs an event are those of the last so many observations: half a minute. */
const observations = 60;
/** A line of the log is shown for so long, in nanoseconds. */
const logTime = 12e9;
/** Classes in the order of the reports. */
const classes = [
  'request_head', 'response_head', 'handshake', 'transfer_coding', 'message_framing', 'notice',
  'heartbeat', 'padding', 'closing', 'payload',
];
const figures = [['p50', 'p99'], ['events', 'requests']];

const rows = new Map();

/** Writes `text` where it differs: what does not change needs no layout. */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Builds a row for each lane. */
export function showRows() {
  const container = document.getElementById('lanes');
  container.append(columnHeads(), ...[...lanes.values()].map(makeRow), axis());
  choose([...lanes.keys()][0]);
  document.addEventListener('lanechosen', ({ detail }) => choose(detail));
  container.addEventListener('keydown', moveFocus);
  lab.addEventListener('observed', ({ detail }) => observe(detail));
  document.addEventListener('languagechange', update);
  setInterval(() => { if (!document.hidden) update(); }, interval);
}

/** What the columns are, for those who see them; each figure names itself to those who hear it. */
function columnHeads() {
  return make(
    'div', { className: 'columns', 'aria-hidden': 'true' },
    make('span', { 'data-t': 'lanes.technique' }),
    ...figures.map((names) => make(
      'span', { className: 'number' }, names.map((name) => make('span', { 'data-t': `lanes.${name}` })))),
    make('span', { 'data-t': 'lanes.bytes' }),
    make('span', { className: 'axis-head', 'data-t': 'lanes.axis' }));
}

function makeRow(lane) {
  const name = `lane-${lane.id}`;
  const row = { lane, seen: new Ring(observations), figures: {} };
  row.head = make('button', {
    type: 'button', className: 'lane-name', id: name, 'aria-pressed': 'false',
    onclick: () => document.dispatchEvent(new CustomEvent('lanechosen', { detail: lane.id })),
  });
  row.title = make('span', {});
  row.head.append(make('span', { className: 'swatch', 'aria-hidden': 'true' }), row.title);
  row.pause = make('button', {
    type: 'button', className: 'pause', 'aria-pressed': 'false', onclick: () => {
      lane.pause(!lane.isPaused);
      update();
    },
  });
  row.status = make('span', { className: 'status' });
  row.wait = make('span', { className: 'wait' });
  row.canvas = make('canvas', { role: 'img', 'aria-describedby': `${name}-figures` });
  row.bars = make('div', { className: 'bars', 'aria-hidden': 'true' });
  row.element = make(
    'article', { className: 'lane', 'aria-labelledby': name },
    make(
      'header', {}, make('h3', {}, row.head), row.pause,
      make('p', { className: 'state', 'aria-live': 'off' }, row.status, ' ', row.wait)),
    makeFigures(row, name),
    make('div', { className: 'strip' }, row.canvas));
  row.element.style.setProperty('--technique', `var(--t-${lane.id}, var(--accent))`);
  timeline.attach(lane, row.canvas);
  rows.set(lane.id, row);
  return row.element;
}

function makeFigures(row, name) {
  const figure = (key) => {
    const value = make('dd', {});
    row.figures[key] = value;
    return make(
      'div', { className: key === 'bytes' ? 'figure wide' : 'figure' },
      make('dt', { 'data-t': `lanes.${key}` }), value);
  };
  const list = make(
    'dl', { id: `${name}-figures` }, ...figures.flat().map(figure), figure('bytes'));
  row.cost = make('span', { className: 'cost' });
  row.figures.bytes.append(row.cost, row.bars);
  return list;
}

/** Under the strips: how long ago. */
function axis() {
  const marks = [10, 8, 6, 4, 2].map((seconds) => make('span', {}, `−${seconds} s`));
  return make(
    'footer', { className: 'axis' },
    make('p', { className: 'clock' }),
    make('div', { className: 'marks', 'aria-hidden': 'true' },
      ...marks, make('span', { 'data-t': 'lanes.now' })));
}

/** Marks the chosen lane. */
function choose(id) {
  for (const [other, row] of rows) {
    row.head.setAttribute('aria-pressed', other === id);
    row.element.classList.toggle('chosen', other === id);
  }
}

/** Up and down go from one lane's head to the next. */
function moveFocus(event) {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const heads = [...rows.values()].map((row) => row.head);
  const place = heads.indexOf(event.target);
  if (!step || place < 0) return;
  event.preventDefault();
  heads[Math.min(Math.max(place + step, 0), heads.length - 1)].focus();
}

/** What is being waited for, in words. */
function waiting(lane) {
  const now = lab.now();
  const last = lane.log.at(-1);
  if (last && now - last.at < logTime) return t(last.key, last.values);
  const since = ((now - lane.statusSince) / 1e9).toFixed(1);
  const left = lane.until === null ? 0 : Math.max(lane.until - performance.now(), 0) / 1000;
  return t(`lane.wait.${lane.status}`, { since, left: left.toFixed(1) });
}

function update() {
  for (const row of rows.values()) {
    const { lane } = row;
    const technique = has(`technique.${lane.id}`) ? t(`technique.${lane.id}`) : lane.title;
    write(row.title, technique);
    row.element.dataset.status = lane.status;
    write(row.status, t(`lane.status.${lane.status}`));
    write(row.wait, waiting(lane));
    row.pause.setAttribute('aria-pressed', lane.isPaused);
    row.pause.setAttribute('aria-label', t(
      lane.isPaused ? 'lane.resume.of' : 'lane.pause.of', { technique }));
    row.canvas.setAttribute('aria-label', t('lane.strip', { technique }));
    write(row.figures.p50, ms(lane.p50()));
    write(row.figures.p99, ms(lane.p99()));
    write(row.figures.events, count(lane.received));
    write(row.figures.requests, count(lane.requests));
    row.element.classList.toggle('has-lost', lane.lost > 0);
  }
  const { error } = lab.clock;
  write(document.querySelector('#lanes .clock'), t('lanes.clock', { error: ms(error / 1e6) }));
}

/** Bytes an event in each direction, over the last half minute. */
function costs(row) {
  const last = row.seen.at(-1);
  // The last event may have been answered just before the first observation: one event says nothing.
  const first = row.seen.at(0);
  const events = last && first ? last.events - first.events : 0;
  if (events < 1) return null;
  const way = (name) => Object.fromEntries(classes.map(
    (key) => [key, ((last[name]?.[key] ?? 0) - (first[name]?.[key] ?? 0)) / events]));
  return { up: way('up'), down: way('down') };
}

const total = (counts) => Object.values(counts).reduce((sum, value) => sum + value, 0);

function observe({ lanes: seen }) {
  const known = [...rows.values()].filter((row) => seen[row.lane.id]);
  for (const row of known) row.seen.push(seen[row.lane.id]);
  if (document.hidden) return;
  const all = known.map((row) => [row, costs(row)]);
  // One scale for all lanes and both directions: long bars are many bytes.
  const most = Math.max(1, ...all.flatMap(([, cost]) => (
    cost ? [total(cost.up), total(cost.down)] : [])));
  for (const [row, cost] of all) showCost(row, cost, most);
}

function showCost(row, cost, most) {
  if (!cost) {
    write(row.cost, '–');
    row.bars.replaceChildren();
    return;
  }
  const [up, down] = [total(cost.up), total(cost.down)];
  write(row.cost, t('lanes.cost', { up: bytes(Math.round(up)), down: bytes(Math.round(down)) }));
  ['up', 'down'].forEach((way, i) => {
    const bar = row.bars.children[i] ?? row.bars.appendChild(make('div', { className: 'bar' }));
    classes.forEach((key, j) => {
      const part = bar.children[j] ?? bar.appendChild(make('i', {}));
      const width = `${((cost[way][key] / most) * 100).toFixed(2)}%`;
      if (part.style.width === width) return;
      part.style.width = width;
      part.style.background = `var(--c-${key.replace('_', '-')})`;
      part.title = `${t(`class.${key}`)}: ${digits(cost[way][key])} B`;
    });
  });
}

/** Begins the half minute of the figures again: the settings have changed. */
export function forgetFigures() {
  for (const row of rows.values()) {
    row.seen = new Ring(observations);
    row.lane.forgetFigures();
  }
}
