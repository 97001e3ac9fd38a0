// What the page knows of the server: its settings, its clock, what it saw of this page's connections;
// and the orders that the page gives it.

import { Ring } from './ring.js';

/** The server is asked this often what it saw of this page, in milliseconds. */
const observeInterval = 500;
/** The state is asked for this often: another page may have changed it. */
const stateInterval = 1000;
/** Two clocks drift apart by less than this share of the time since they were compared. */
const drift = 50e-6;
/** The lanes of a server without a control API, all on the page's own port. */
const bareLanes = [
  'short-polling', 'long-polling', 'jsonp-polling', 'http-streaming', 'forever-iframe', 'sse',
  'websocket',
];

class Lab extends EventTarget {
  /** This page's name, which its connections carry so that the server can tell them apart. */
  page = pageName();
  /** The server's answer to /lab/state. */
  state = null;
  /** The server's answer to /lab/observed. */
  observed = null;
  /** The server's clock is `performance.now()` plus `offset`, known to ± `error`; nanoseconds. */
  clock = { offset: 0, error: Infinity };
  /** The greatest event id that this page knows of. */
  newest = 0;
  /** The latest events by id and due time, whoever brought them. */
  published = new Ring(2048);
  /** Parts of the control API that this server does not have. */
  missing = new Set();
  /** Whether the server answers. */
  isReachable = true;

  #observing = null;
  #samples = [];

  /** Asks for the state and the time; the page can begin when this is done. */
  async start() {
    await Promise.all([this.refresh(), this.#synchronize(6)]);
    this.#repeat(() => this.#observe(), observeInterval);
    this.#repeat(() => this.refresh(), stateInterval);
    setTimeout(() => this.#repeat(() => this.#synchronize(20), 20000), 500);
  }

  /** The server's time now, in nanoseconds of its monotonic clock. */
  now() {
    return this.clock.offset + performance.now() * 1e6;
  }

  /** What the state says of a lane. */
  lane(id) {
    return this.state.lanes.find((lane) => lane.technique === id);
  }

  /** Notes an event that has reached some lane: it is due on all of them. */
  publish(id, t) {
    if (id <= this.newest) return;
    this.newest = id;
    this.published.push({ id, t });
    this.dispatchEvent(new CustomEvent('published', { detail: { id, t } }));
  }

  /** Changes settings of the server; rejects with what it refuses. */
  async change(settings) {
    this.#takeState(await this.#order('settings', settings));
  }

  burst(count) {
    return this.#order('burst', { count });
  }

  /** Pulls the cable of a lane, or of all of them, for so many seconds. */
  cut(seconds, lane = null) {
    return this.#fault('cut', lane, { seconds, lane }, seconds);
  }

  /** Stops reading what the server sends to a lane. */
  freeze(lane, on) {
    return this.#fault('freeze', lane, { lane, on }, on ? Infinity : 0);
  }

  /** Resets the connections of a lane, or of all of them. */
  reset(lane = null) {
    return this.#fault('reset', lane, { lane }, 0);
  }

  /** Drops everything of a lane, or of all of them, until switched off. */
  blackhole(lane, on) {
    return this.#fault('blackhole', lane, { lane, on }, on ? Infinity : 0);
  }

  /** Asks for the messages of this lane as well, from now on. */
  observe(id) {
    this.#observing = id;
  }

  /** Asks for the state again. */
  async refresh() {
    const state = await this.#ask('state');
    if (state) this.#takeState(state);
    else if (!this.state && this.missing.has('state')) this.#takeState(bareState());
  }

  #takeState(state) {
    if (!state?.settings) return;
    // A server that was started again counts from 1.
    if (this.state && state.newest < this.state.newest) this.newest = state.newest;
    this.state = state;
    if (this.newest < state.newest) this.newest = state.newest;
    this.dispatchEvent(new CustomEvent('state', { detail: state }));
  }

  async #observe() {
    const query = new URLSearchParams({ page: this.page });
    if (this.#observing) query.set('lane', this.#observing);
    const observed = await this.#ask('observed', query);
    if (!observed) return;
    this.observed = observed;
    this.dispatchEvent(new CustomEvent('observed', { detail: observed }));
  }

  /**
   * Compares the clocks: the exchange with the least round trip bounds the error to half of it, and
   * the moment of the answer was the middle of it, to that error.
   */
  async #synchronize(exchanges) {
    for (let i = 0; i < exchanges; i += 1) {
      const sample = await this.#askTime();
      if (!sample) return;
      this.#samples.push(sample);
    }
    const now = performance.now();
    const error = (sample) => sample.error + (now - sample.at) * 1e6 * drift;
    this.#samples.sort((a, b) => error(a) - error(b));
    this.#samples.length = Math.min(this.#samples.length, 20);
    const [best] = this.#samples;
    this.clock = { offset: best.offset, error: error(best) };
    this.dispatchEvent(new Event('clock'));
  }

  async #askTime() {
    const sent = performance.now();
    const answer = await fetch('/lab/time', { cache: 'no-store' }).catch(() => null);
    const received = performance.now();
    if (!answer?.ok) return null;
    const { ns } = await answer.json();
    return {
      at: received, offset: ns - ((sent + received) / 2) * 1e6,
      // A clock of coarse steps is wrong by a step, however short the exchange seemed.
      error: Math.max((received - sent) / 2, clockStep) * 1e6,
    };
  }

  /** Asks for a part of the control API; null where there is none or the server does not answer. */
  async #ask(part, query) {
    if (this.missing.has(part)) return null;
    try {
      const answer = await fetch(`/lab/${part}${query ? `?${query}` : ''}`, { cache: 'no-store' });
      this.#reach(true);
      if (answer.status === 404) this.#miss(part);
      return answer.ok ? await answer.json() : null;
    } catch {
      this.#reach(false);
      return null;
    }
  }

  /** Gives an order; throws what the server refuses, with its remedy. */
  async #order(part, body) {
    let answer;
    try {
      answer = await fetch(`/lab/${part}`, {
        method: 'POST', headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      });
    } catch {
      this.#reach(false);
      throw new Error('POST /lab/' + part);
    }
    const content = await answer.json().catch(() => ({}));
    if (answer.status === 404) this.#miss(part);
    if (!answer.ok) {
      const reason = [content.error ?? `POST /lab/${part}: ${answer.status}`, content.remedy];
      throw new Error(reason.filter(Boolean).join(' '));
    }
    return content;
  }

  /** Gives an order that breaks something, and tells those who watch what becomes of it. */
  async #fault(kind, lane, body, seconds) {
    const at = this.now();
    const isEnd = body.on === false;
    const detail = { kind, lane, at, until: at + seconds * 1e9, isEnd };
    await this.#order(kind, body);
    this.dispatchEvent(new CustomEvent('fault', { detail }));
    await this.refresh();
  }

  #reach(isReachable) {
    if (isReachable === this.isReachable) return;
    this.isReachable = isReachable;
    this.dispatchEvent(new Event('reach'));
  }

  #miss(part) {
    this.missing.add(part);
    this.dispatchEvent(new Event('reach'));
  }

  /** Does `work` again and again, the next time only after it is done. */
  #repeat(work, interval) {
    const round = async () => {
      await work();
      setTimeout(round, interval);
    };
    round();
  }
}

/** Eight letters and digits: enough that two pages of a class do not meet. */
function pageName() {
  const letters = 'abcdefghijklmnopqrstuvwxyz012345';
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => letters[byte % 32]).join('');
}

/** The state of a server that has the techniques and not the lab around them. */
function bareState() {
  return {
    version: '', now_ns: 0, newest: 0, rooms: {}, half_dead: false,
    settings: { rate: null, rtt_ms: 0, hold_ms: 25000, payload_bytes: null },
    lanes: bareLanes.map((technique) => ({
      technique, title: technique, summary: '', port: Number(location.port) || 80,
      path: `/events/${technique}`, frozen: false, cut_until_ns: null,
    })),
  };
}

/** The step of the page's clock in milliseconds: browsers coarsen it, each by its own measure. */
const clockStep = measureClockStep();

function measureClockStep() {
  let step = 1;
  let last = performance.now();
  for (let i = 0, steps = 0; i < 50000 && steps < 5; i += 1) {
    const now = performance.now();
    if (now === last) continue;
    step = Math.min(step, now - last);
    last = now;
    steps += 1;
  }
  return step;
}

export const lab = new Lab();
