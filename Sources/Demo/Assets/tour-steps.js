// The steps of the tour: settings, what can be done, what is measured. Loaded when the tour begins.

import { make } from './dom.js';
import { bytes, count, digits, ms, t } from './i18n.js';
import { lab } from './lab.js';
import { lanes } from './lanes.js';
import { counted, measured } from './panel.js';
import { sendBothWays } from './send.js';

/** How far the present step is. */
export const progress = {
  /** The server's time at which the step's settings were in force, and at which its action was taken. */
  entered: Infinity, acted: null,
  /** What the last message sent in step 7 cost each way. */
  sent: {},
};

/** What every step begins from, so that a step shows the same whichever came before. */
export const ground = {
  rate: 4, arrivals: 'poisson', payload_bytes: 100, hold_ms: 25000, heartbeat_ms: 2000,
  response_limit_bytes: 1048576, batch: 0, rtt_ms: 50, jitter_ms: 0, loss: 0,
  poll_ms: 1000, connection: 'keep-alive', header: 'minimal',
};

const total = (counts) => Object.values(counts ?? {}).reduce((sum, value) => sum + value, 0);
const percent = (part, whole) => (whole > 0 ? `${digits((100 * part) / whole)} %` : '–');

/** The answers that a polling lane has had under the present step's settings. */
function answers(id) {
  return [...lanes.get(id).exchanges].filter(
    (exchange) => exchange.answered != null && exchange.asked >= progress.entered);
}

/** The least time between two answers, in milliseconds: the gap that no batching can shorten. */
export function leastGap(id) {
  const times = answers(id).map((exchange) => exchange.answered).sort((a, b) => a - b);
  const gaps = times.slice(1).map((time, i) => (time - times[i]) / 1e6);
  return gaps.length ? Math.min(...gaps) : null;
}

/** The events that reached a lane in the present step. */
function arrivals(id) {
  return [...lanes.get(id).events].filter((event) => event.t >= progress.entered);
}

/** How long the last burst took to arrive, from its due time to its last event; null before it. */
function burstTime(id) {
  const events = arrivals(id).filter((event) => progress.acted !== null && event.t >= progress.acted);
  const at = events.slice(0, burstSize).map((event) => event.at);
  return at.length >= burstSize ? (Math.max(...at) - progress.acted) / 1e6 : null;
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

/**
 * The steps: the panel's parts and lane, the lanes that run, settings over the ground, variants, what can
 * be done, figures.
 */
export const steps = [
  {
    parts: ['wire'], lane: 'short-polling',
    lanes: ['short-polling', 'long-polling', 'websocket'],
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
    parts: ['ladder', 'law'], lane: 'long-polling',
    lanes: ['long-polling', 'sse', 'websocket'],
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
    parts: ['wire'], lane: 'long-polling',
    lanes: ['long-polling', 'jsonp-polling', 'sse', 'websocket'],
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
    parts: ['wire'], lane: 'long-polling',
    lanes: ['short-polling', 'long-polling', 'sse', 'websocket'],
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
    parts: ['wire'], lane: 'forever-iframe',
    lanes: ['forever-iframe', 'http-streaming', 'sse'],
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
    parts: ['ladder'], lane: 'sse',
    lanes: ['sse', 'http-streaming', 'websocket'],
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
    parts: ['wire', 'ladder'], lane: 'websocket',
    lanes: ['long-polling', 'sse', 'websocket'],
    settings: { rate: 1, header: 'browser' },
    actions: [['tour.7.frame', () => sent('frame')], ['tour.7.post', () => sent('post')]],
    figures: () => [sentFigure('frame'), sentFigure('post')],
  },
  {
    parts: ['law'], lane: 'short-polling',
    lanes: ['short-polling', 'long-polling', 'websocket'],
    settings: { rate: 0.2, poll_ms: 5000, heartbeat_ms: 15000 },
    figures: () => [
      ...['short-polling', 'long-polling', 'websocket'].map(costFigure),
      ['tour.8.figure', { clients: count(10000), requests: count(2000) }]],
  },
];

async function sent(way) {
  progress.sent[way] = await sendBothWays(way);
}

function sentFigure(way) {
  const cost = progress.sent[way];
  return [`tour.7.figure.${way}`, {
    up: bytes(cost?.up), down: bytes(cost?.down), text: cost ? count(cost.text) : '–' }];
}

/** The live figures of step `n`, as texts. */
export function figuresOf(n) {
  return steps[n - 1].figures().map(([key, values]) => t(key, values));
}

/** The step itself: what it says, its variants and actions, what to look at, the question. */
export function stepBody(n, variant, go) {
  const step = steps[n - 1];
  const looks = ['look1', 'look2', 'look3'].map((name) => `tour.${n}.${name}`);
  const refusal = make('p', { role: 'status', className: 'quiet' });
  const note = (text) => { refusal.textContent = text; };
  const button = (key, onclick, properties = {}) => make(
    'button', { type: 'button', 'data-t': key, onclick, ...properties });
  const choices = (step.variants ?? []).map(([key], i) => button(
    key, () => go(n, i), { 'aria-pressed': `${i === variant}` }));
  const actions = (step.actions ?? []).map(([key, act]) => button(key, () => {
    progress.acted = lab.now();
    Promise.resolve(act()).then(() => note(''), (error) => note(error.message));
  }));
  return make(
    'div', { className: 'tour-body' },
    make(
      'div', {},
      make('p', { 'data-t': `tour.${n}.say` }),
      make('div', { className: 'buttons' }, choices, actions),
      refusal,
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
