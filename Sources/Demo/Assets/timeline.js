// The time axis: a strip a lane, all of one width and one clock. A dot above where an event is due, one
// below where it arrives, the line between them is its latency; the ribbon under it says what the lane
// is doing. A frame moves the picture by whole pixels and draws only what is new.

import { lab } from './lab.js';
import { lanes } from './lanes.js';

/** What a strip shows, in nanoseconds. */
const span = 10e9;
/** Space for the dots that are due now, and heights, in CSS pixels. */
const margin = 8;
const top = 8;
const ribbon = { from: 7, height: 4 };
const bottom = 15;
/** Colours that the ribbon takes from the theme, by status; others are the lane's own. */
const ribbonColors = {
  connecting: 'wait', asking: 'wait', waiting: 'line', paused: null, silent: 'bad', 're-arming': 'bad',
};

const reducesMotion = matchMedia('(prefers-reduced-motion: reduce)');
const isDark = matchMedia('(prefers-color-scheme: dark)');

/** The picture of one lane. */
class Strip {
  #context;

  constructor(lane, canvas) {
    this.lane = lane;
    this.canvas = canvas;
    this.#context = canvas.getContext('2d');
  }

  /** Takes the size that the page gives it; true when it has changed. */
  measure(scale) {
    const width = Math.round(this.canvas.clientWidth * scale);
    const height = Math.round(this.canvas.clientHeight * scale);
    if (width === this.width && height === this.height) return false;
    Object.assign(this, { width, height, scale });
    Object.assign(this.canvas, { width, height });
    return true;
  }

  dress(colors) {
    this.colors = { ...colors, own: colors[this.lane.id] };
  }

  clear() {
    this.#context.clearRect(0, 0, this.width, this.height);
  }

  /** Moves the picture to the left. */
  scroll(pixels) {
    const context = this.#context;
    context.globalCompositeOperation = 'copy';
    context.drawImage(this.canvas, -pixels, 0);
    context.globalCompositeOperation = 'source-over';
  }

  /** A line for a whole second. */
  second(x) {
    this.#context.fillStyle = this.colors.line;
    this.#context.fillRect(x, 0, 1, this.height);
  }

  /** The ribbon between two places, in the colour of a status. */
  state(status, from, to) {
    const color = status in ribbonColors ? ribbonColors[status] : 'own';
    if (!color) return;
    const { scale } = this;
    const height = (color === 'line' ? 1 : ribbon.height) * scale;
    this.#context.fillStyle = this.colors[color];
    this.#context.fillRect(
      from, this.height - ribbon.from * scale + (ribbon.height * scale - height) / 2,
      Math.max(to - from, 1), height);
  }

  /** An event is due, and not here yet. */
  due(x) {
    const context = this.#context;
    const { scale } = this;
    context.strokeStyle = this.colors.faint;
    context.lineWidth = scale;
    context.beginPath();
    context.arc(x, top * scale, 2.25 * scale, 0, 2 * Math.PI);
    context.stroke();
  }

  /** An event that was due at `from` has arrived at `to`. */
  arrival(from, to) {
    const context = this.#context;
    const { scale, height } = this;
    const low = height - bottom * scale;
    context.strokeStyle = context.fillStyle = this.colors.own;
    context.lineWidth = 1.25 * scale;
    context.globalAlpha = 0.7;
    context.beginPath();
    context.moveTo(from, top * scale);
    context.lineTo(to, low);
    context.stroke();
    context.globalAlpha = 1;
    context.beginPath();
    context.arc(from, top * scale, 2.75 * scale, 0, 2 * Math.PI);
    context.arc(to, low, 2.75 * scale, 0, 2 * Math.PI);
    context.fill();
  }

  /** A poll: its time under way in the ribbon; where polls are held, the blind time after the answer. */
  exchange(asked, answered, { count, blind, isHeld }) {
    if (!isHeld) {
      this.state('parked', asked, answered);
      const height = (count ? 11 : 8) * this.scale;
      this.#context.fillStyle = count ? this.colors.own : this.colors.faint;
      this.#context.fillRect(answered, this.height - height, Math.max(1, this.scale), height);
      return;
    }
    this.state('re-arming', blind[0], Math.max(blind[1], blind[0] + 1));
  }
}

/** All strips, and the clock that moves them. */
class Timeline {
  #strips = new Map();
  #origin = 0;
  #isRunning = false;
  #isStale = true;

  /** Draws `lane` on `canvas` from now on. */
  attach(lane, canvas) {
    const strip = new Strip(lane, canvas);
    this.#strips.set(lane.id, strip);
    lane.addEventListener('event', ({ detail }) => {
      if (this.#isStale) return;
      strip.arrival(this.#x(strip, detail.t), this.#x(strip, detail.at));
    });
    lane.addEventListener('exchange', ({ detail }) => {
      if (!this.#isStale) this.#exchange(strip, detail);
    });
  }

  start() {
    lab.addEventListener('published', ({ detail }) => {
      if (this.#isStale) return;
      for (const strip of this.#strips.values()) {
        if (!strip.lane.isPaused) strip.due(this.#x(strip, detail.t));
      }
    });
    const refresh = () => { this.#isStale = true; };
    new ResizeObserver(refresh).observe(document.getElementById('lanes'));
    for (const query of [reducesMotion, isDark]) query.addEventListener('change', refresh);
    document.addEventListener('visibilitychange', () => {
      refresh();
      if (!document.hidden) this.#run();
    });
    this.#run();
  }

  #run() {
    if (this.#isRunning) return;
    this.#isRunning = true;
    const frame = () => {
      if (document.hidden) {
        this.#isRunning = false;
        return;
      }
      this.#draw();
      if (reducesMotion.matches) setTimeout(frame, 1000);
      else requestAnimationFrame(frame);
    };
    frame();
  }

  /** Pixels of a strip from the beginning of the server's time: whole ones, so that nothing blurs. */
  #place(strip, time) {
    return Math.floor((time / span) * (strip.width - margin * strip.scale));
  }

  #x(strip, time) {
    return strip.width - margin * strip.scale - (this.#place(strip, this.#origin) - this.#place(strip, time));
  }

  #draw() {
    if (this.#isStale) return this.#redraw();
    const before = this.#origin;
    const now = Math.max(lab.now(), before);
    for (const strip of this.#strips.values()) {
      if (!strip.width) continue;
      this.#origin = before;
      const shift = this.#place(strip, now) - this.#place(strip, before);
      if (shift > strip.width) this.#isStale = true;
      if (shift <= 0) continue;
      strip.scroll(shift);
      this.#origin = now;
      this.#seconds(strip, before, now);
      strip.state(strip.lane.status, this.#x(strip, before), this.#x(strip, now));
    }
    this.#origin = now;
  }

  #seconds(strip, from, to) {
    for (let second = Math.ceil(from / 1e9); second * 1e9 <= to; second += 1) {
      strip.second(this.#x(strip, second * 1e9));
    }
  }

  #exchange(strip, { asked, answered, count }) {
    const isHeld = strip.lane.id !== 'short-polling';
    const trip = (lab.state.settings.rtt_ms ?? 0) * 1e6;
    // The server could last speak half a round trip before its answer came, and can again when the
    // next question has arrived.
    const blind = [answered - trip / 2, answered + trip / 2].map((time) => this.#x(strip, time));
    strip.exchange(this.#x(strip, asked), this.#x(strip, answered), { count, blind, isHeld });
  }

  /** Everything from what the lanes remember: at first, after a change of size or theme, on return. */
  #redraw() {
    const style = getComputedStyle(document.documentElement);
    const value = (name) => style.getPropertyValue(name).trim();
    const colors = {};
    for (const name of ['line', 'faint', 'wait', 'bad']) colors[name] = value(`--${name}`);
    for (const id of this.#strips.keys()) colors[id] = value(`--t-${id}`) || value('--accent');
    this.#isStale = false;
    this.#origin = lab.now();
    const from = this.#origin - span;
    for (const strip of this.#strips.values()) {
      strip.measure(devicePixelRatio);
      strip.dress(colors);
      if (!strip.width) continue;
      strip.clear();
      this.#seconds(strip, from, this.#origin);
      this.#states(strip, from);
      const { lane } = strip;
      for (const exchange of lane.exchanges.recent(({ answered }) => answered > from)) {
        this.#exchange(strip, exchange);
      }
      if (!lane.isPaused) {
        for (const { t } of lab.published.recent(({ t: due }) => due > from)) strip.due(this.#x(strip, t));
      }
      for (const event of lane.events.recent(({ at }) => at > from)) {
        strip.arrival(this.#x(strip, event.t), this.#x(strip, event.at));
      }
    }
  }

  #states(strip, from) {
    let to = this.#origin;
    for (const { at, status } of strip.lane.history.recent(() => to > from)) {
      strip.state(status, this.#x(strip, Math.max(at, from)), this.#x(strip, to));
      to = at;
    }
  }
}

export const timeline = new Timeline();

/** The page's own frame times over `duration` milliseconds: how many, and the median and p95 of each. */
export function measureFrames(duration = 5000) {
  return new Promise((resolve) => {
    const deltas = [];
    const start = performance.now();
    let last = null;
    const frame = (time) => {
      if (last !== null) deltas.push(time - last);
      last = time;
      if (performance.now() - start < duration) {
        requestAnimationFrame(frame);
        return;
      }
      deltas.sort((a, b) => a - b);
      const at = (share) => deltas[Math.min(Math.floor(share * deltas.length), deltas.length - 1)];
      resolve({ count: deltas.length, median: at(0.5), p95: at(0.95), max: deltas.at(-1) });
    };
    requestAnimationFrame(frame);
  });
}
