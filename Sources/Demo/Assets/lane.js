// A lane: one technique with one client. Here is what all have in common: the cursor, the account of
// what came, the watch for silence, and the way back. How the browser asks is the lane's `link`.

import { lab } from './lab.js';
import { Ring } from './ring.js';
import { pageSettings } from './settings.js';

/** How far back the live figures look, in nanoseconds. */
const window = 30e9;
/** The wait before a broken connection is tried again: doubled each time, in milliseconds. */
const firstRetry = 200;
const lastRetry = 4000;
/** Holes that are remembered: what fills one later is a reordered event, not a second one. */
const holeLimit = 10000;

/** Messages are dispatched as `event`, changes of state as `status`, lines of the log as `log`. */
export class Lane extends EventTarget {
  status = 'connecting';
  /** When the status began, in the server's nanoseconds, and until when it lasts where that is known. */
  statusSince = 0;
  until = null;
  /** The id of the last event that this lane has. */
  since = 0;
  received = 0;
  lost = 0;
  duplicate = 0;
  reordered = 0;
  requests = 0;
  /** From the page's navigation to the first event, in milliseconds. */
  firstEventMs = null;
  events = new Ring(4096);
  /** Polls: asked and answered at, and how many events came. */
  exchanges = new Ring(512);
  /** Changes of state, for whoever draws them again. */
  history = new Ring(1024);
  log = new Ring(32);
  /** What interrupted the lane last: `last` heard, `noticed`, `back`, `caughtUp`; nanoseconds. */
  outage = null;

  #link;
  #holes = new Set();
  /** When the first answer came: events due before were not this lane's to deliver in time. */
  #openedAt = Infinity;
  #lastHeard = 0;
  #behindSince = null;
  #attempts = 0;
  #retry = null;
  #figuresFrom = 0;
  #percentiles = { at: -Infinity, values: [] };

  constructor(description, makeLink) {
    super();
    this.id = description.technique;
    this.title = description.title;
    this.summary = description.summary;
    this.port = description.port;
    this.path = description.path;
    this.#link = makeLink(this);
  }

  get isPaused() {
    return this.status === 'paused';
  }

  /** The address of the lane's own host and port: another origin than the page's. */
  get origin() {
    return `${location.protocol}//${location.hostname}:${this.port}`;
  }

  /** What a request of this lane asks: from where on, and whose it is. */
  query(extra = {}) {
    return new URLSearchParams(
      { session: `${lab.page}.${this.id}`, since: this.since, ...extra });
  }

  url(extra) {
    return `${this.origin}${this.path}?${this.query(extra)}`;
  }

  /** Begins with the event before the next one, so that a lane shows at once that it works. */
  start() {
    this.since = Math.max(lab.newest - 1, 0);
    this.#open();
  }

  /** Stops asking, or goes on from the newest event. */
  pause(on) {
    if (on === this.isPaused) return;
    clearTimeout(this.#retry);
    if (on) {
      this.#link.stop();
      this.outage = null;
      this.setStatus('paused');
    } else {
      this.since = lab.newest;
      this.#holes.clear();
      this.#open();
    }
  }

  /** Drops the connection and asks again with the cursor. */
  restart() {
    if (this.isPaused) return;
    clearTimeout(this.#retry);
    this.#link.stop();
    this.#link.start();
  }

  /** Says something to the server on this lane's own connection, where the technique can. */
  send(text) {
    return this.#link.send?.(text) ?? false;
  }

  #open() {
    this.#openedAt = Infinity;
    this.#behindSince = null;
    this.#lastHeard = lab.now();
    this.setStatus('connecting');
    this.#link.start();
  }

  setStatus(status, until = null) {
    // What is silent stays so until something is heard, however often it is asked again.
    if (this.status === 'silent' && this.outage?.back === null && status !== 'paused') return;
    this.until = until;
    this.statusSince = lab.now();
    if (status === this.status) return;
    this.status = status;
    this.history.push({ at: this.statusSince, status });
    this.dispatchEvent(new Event('status'));
  }

  // What a link tells

  /** Something came, be it only a heartbeat. */
  heard() {
    this.#lastHeard = lab.now();
    if (this.#openedAt === Infinity) this.#openedAt = this.#lastHeard;
  }

  /** A connection stands, on which the server sends when it likes. */
  opened() {
    this.heard();
    this.#attempts = 0;
    if (this.outage) this.#back();
    this.setStatus('open');
  }

  /** A poll was answered; `content` is null when there was nothing. */
  answered(asked, content) {
    this.heard();
    this.#attempts = 0;
    const before = this.received;
    if (content) this.#takeBatch(content);
    if (this.outage) this.#back();
    const exchange = { asked, answered: lab.now(), count: this.received - before };
    this.exchanges.push(exchange);
    this.dispatchEvent(new CustomEvent('exchange', { detail: exchange }));
  }

  /** A message of a stream: an event, or the notice of where the stream begins. */
  take(message) {
    this.heard();
    if (message.id === undefined) this.#takeNotice(message);
    else this.#deliver(message);
    this.#attempts = 0;
    if (this.outage) this.#back();
    if (this.status !== 'open') this.setStatus('open');
  }

  /** The answer ended in order: asked again at once. */
  ended() {
    this.#note('recycled');
    this.#again(0);
  }

  /** The connection broke; `why` is what the browser says of it, if anything. */
  broke(why = '') {
    if (this.isPaused) return;
    if (!this.outage) {
      this.#interrupt();
      this.#note('broke', { why });
      this.setStatus('silent');
    }
    this.#again(this.#delay());
  }

  /** The browser itself asks again, as EventSource does. */
  asksAgain() {
    if (!this.outage) {
      this.#interrupt();
      this.#note('browser');
    }
    this.requests += 1;
    this.setStatus('connecting');
  }

  // The account

  #takeBatch(batch) {
    if (batch.lost > 0) this.#lose(batch.lost);
    for (const event of batch.events) this.#deliver(event);
    this.#takeCursor(batch.cursor);
  }

  #takeNotice(notice) {
    if (notice.lost > 0) this.#lose(notice.lost);
    this.#takeCursor(notice.cursor);
  }

  /** The server says that it no longer has so many of the events that were asked for. */
  #lose(count) {
    this.lost += count;
    this.since += count;
    this.#note('lost', { n: count });
  }

  /** A cursor before ours tells of a hole; one behind it of a server that was started again. */
  #takeCursor(cursor) {
    if (cursor > this.since) this.#leaveHole(cursor + 1);
    else if (cursor < this.since) this.since = cursor;
  }

  #leaveHole(id) {
    const count = id - this.since - 1;
    this.lost += count;
    for (let hole = this.since + 1; hole < id && this.#holes.size < holeLimit; hole += 1) {
      this.#holes.add(hole);
    }
    this.since = id - 1;
    this.#note('lost', { n: count });
  }

  #deliver({ id, t }) {
    const at = lab.now();
    if (id <= this.since) {
      if (!this.#holes.delete(id)) {
        this.duplicate += 1;
        return;
      }
      this.reordered += 1;
      this.lost -= 1;
    } else {
      if (id > this.since + 1) this.#leaveHole(id);
      this.since = id;
    }
    this.received += 1;
    this.firstEventMs ??= performance.now();
    if (this.#behindSince !== null) this.#behindSince = at;
    const event = { id, t, at, replayed: t < this.#openedAt };
    this.events.push(event);
    lab.publish(id, t);
    this.dispatchEvent(new CustomEvent('event', { detail: event }));
  }

  // Silence, and the way back

  /** Looks whether the lane has gone silent while events are due; a few times a second. */
  watch() {
    if (this.isPaused) return;
    const now = lab.now();
    const isBehind = this.since < lab.newest;
    if (!isBehind) this.#behindSince = null;
    else this.#behindSince ??= now;
    if (this.outage?.back && !isBehind) this.#finish(now);
    const { give_up_ms: giveUp, poll_ms: interval } = pageSettings();
    // Who does not read has only itself to blame for the silence.
    if (!giveUp || !isBehind || lab.lane(this.id)?.frozen) return;
    const allowed = giveUp + lab.state.settings.rtt_ms + (this.id === 'short-polling' ? interval : 0);
    const silence = now - Math.max(this.#lastHeard, this.#behindSince);
    if (silence > allowed * 1e6) this.#giveUp(now);
  }

  #interrupt() {
    this.outage = {
      last: this.#lastHeard, noticed: lab.now(), back: null, caughtUp: null, lost: this.lost };
  }

  #giveUp(now) {
    if (!this.outage) {
      this.#interrupt();
      this.#note('noticed', { seconds: seconds(now - this.#lastHeard), id: this.since });
    }
    this.setStatus('silent');
    this.#behindSince = now;
    this.#lastHeard = now;
    this.restart();
  }

  /** The first bytes after an outage. */
  #back() {
    const { outage } = this;
    if (outage.back === null) {
      outage.back = lab.now();
      this.#note('reconnected', { seconds: seconds(outage.back - outage.last) });
    }
    if (this.since >= lab.newest) this.#finish(lab.now());
  }

  /** Everything that was published meanwhile is here. */
  #finish(now) {
    const { outage } = this;
    this.outage = null;
    outage.caughtUp = now;
    const late = [...this.events.recent((event) => event.at > outage.last)]
      .filter((event) => event.t < outage.back);
    const lost = this.lost - outage.lost;
    this.#note(lost > 0 ? 'caught-up-lost' : 'caught-up', {
      n: late.length, lost, seconds: seconds(now - outage.last) });
    this.dispatchEvent(new CustomEvent('recovered', { detail: outage }));
  }

  #again(delay) {
    clearTimeout(this.#retry);
    this.#link.stop();
    this.setStatus('connecting');
    this.#retry = setTimeout(() => this.#link.start(), delay);
  }

  /** Spread by a quarter, so that all clients of a server that comes back do not ask at one moment. */
  #delay() {
    const delay = Math.min(firstRetry * 2 ** this.#attempts, lastRetry);
    this.#attempts += 1;
    return delay * (0.75 + Math.random() / 2);
  }

  #note(key, values = {}) {
    this.log.push({ at: lab.now(), key: `lane.log.${key}`, values });
    this.dispatchEvent(new Event('log'));
  }

  // Figures

  /** Half of the last half minute's events took no longer, in milliseconds; null without events. */
  p50() {
    return this.#percentile(0.5);
  }

  /** 99 % of the last half minute's events took no longer. */
  p99() {
    return this.#percentile(0.99);
  }

  /** Counts only events that are due from now on. */
  forgetFigures() {
    this.#figuresFrom = lab.now();
    this.#percentiles.at = -Infinity;
  }

  #percentile(share) {
    const now = performance.now();
    if (now - this.#percentiles.at > 200) {
      const from = lab.now() - window;
      const values = [];
      for (const event of this.events.recent(({ at }) => at >= from)) {
        if (!event.replayed && event.t >= this.#figuresFrom) values.push(Math.max(0, event.at - event.t) / 1e6);
      }
      this.#percentiles = { at: now, values: Float64Array.from(values).sort() };
    }
    const { values } = this.#percentiles;
    return values.length ? values[Math.max(Math.ceil(share * values.length) - 1, 0)] : null;
  }
}

function seconds(nanoseconds) {
  return (nanoseconds / 1e9).toFixed(1);
}
