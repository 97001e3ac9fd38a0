// What crossed the wire, byte by byte: each run of bytes in the colour of what it is for.

import { draw, make } from './dom.js';
import { bytes as byteText, count, t } from './i18n.js';

/** The classes of bytes, in the order of the run record. */
export const byteClasses = [
  'request_head', 'response_head', 'handshake', 'transfer_coding', 'message_framing', 'payload',
  'notice', 'heartbeat', 'padding', 'closing',
];

/**
 * The runs of a whole message. The server keeps 2 KiB of it and the runs in them: a head is one run
 * however long, and what follows other runs is of the class `rest`, which is not known here.
 */
function wholeRuns({ runs, count: length }) {
  const missing = length - runs.reduce((sum, [, size]) => sum + size, 0);
  if (missing <= 0) return runs;
  return runs.length === 1 ? [[runs[0][0], length]] : [...runs, ['rest', missing]];
}

/** Techniques whose answers end: one request, one answer. */
const polling = new Set(['short-polling', 'long-polling', 'jsonp-polling']);

export function isPolling(technique) {
  return polling.has(technique);
}

/** A class's name in CSS: `request_head` is `request-head`. */
function dashed(name) {
  return name.replaceAll('_', '-');
}

/** The square in a class's colour that stands before its name. */
export function swatch(name) {
  return draw(
    'svg', { class: 'swatch', viewBox: '0 0 10 10', 'aria-hidden': 'true' },
    draw('rect', { width: 10, height: 10, rx: 2, class: `fill-${dashed(name)}` }));
}

/** The first bytes of a message, which the server sends as base64; at most 2 KiB. */
export function bytesOf(message) {
  return Uint8Array.from(atob(message.base64 ?? ''), (character) => character.charCodeAt(0));
}

/** The bytes of a message cut at the borders of its runs; `bytes` may be shorter than `count`. */
export function segments(message) {
  const all = bytesOf(message);
  let position = 0;
  return wholeRuns(message).map(([name, length]) => {
    const start = position;
    position += length;
    return { name, count: length, bytes: all.subarray(start, position) };
  });
}

/** Whether a message carries a head: the request of a client, or the head of an answer. */
export function isOpening(message) {
  return message.runs.some(([name]) => /head|handshake/.test(name));
}

/** The bytes as text, or null if they are not the text of a protocol. */
function asText(bytes) {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(text) ? null : text;
  } catch {
    return null;
  }
}

function asHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('\u00a0');
}

/** Text with its line ends made visible, since half of understanding a head is where lines end. */
function withLineEnds(text) {
  return text.split(/(\r\n|\n|\r)/).map((part, i) => (i % 2 === 0 ? part : make(
    'span', { className: 'eol' }, part.replace('\r', '\\r').replace('\n', '\\n\n'))));
}

/** How much of a long run is shown at its two ends; a cookie of 2 KB has nothing new in its middle. */
const shownAtStart = 720;
const shownAtEnd = 120;

/** A run as people read it: text or hex, long ones without their middle. */
function shown({ bytes, count: length }) {
  const isText = asText(bytes) !== null;
  const part = (piece) => (isText ? withLineEnds(asText(piece) ?? asHex(piece)) : asHex(piece));
  const gap = (n) => ` ⋯ ${t('wire.cut', { n: count(n) })} ⋯ `;
  const missing = length - bytes.length;
  const tail = missing > 0 ? gap(missing) : '';
  if (bytes.length <= shownAtStart + shownAtEnd + 60) return [part(bytes), tail].flat();
  return [
    part(bytes.subarray(0, shownAtStart)), gap(bytes.length - shownAtStart - shownAtEnd),
    part(bytes.subarray(bytes.length - shownAtEnd)), tail,
  ].flat();
}

/** The WebSocket frames in a message: RFC 6455 §5.2, and what a mask hides (§5.3). */
export function frames(message) {
  const all = bytesOf(message);
  const head = message.runs.findLastIndex(([name]) => name === 'handshake');
  let position = message.runs.slice(0, head + 1).reduce((sum, [, length]) => sum + length, 0);
  const found = [];
  while (position + 2 <= all.length) {
    const opcode = all[position] & 15;
    const masked = (all[position + 1] & 128) !== 0;
    let length = all[position + 1] & 127;
    let headLength = 2;
    const view = new DataView(all.buffer, all.byteOffset);
    if (length === 126 && position + 4 <= all.length) {
      length = view.getUint16(position + 2);
      headLength = 4;
    } else if (length === 127 && position + 10 <= all.length) {
      length = Number(view.getBigUint64(position + 2));
      headLength = 10;
    }
    const mask = masked ? all.slice(position + headLength, position + headLength + 4) : null;
    if (masked) headLength += 4;
    const data = all.slice(position + headLength, position + headLength + length);
    if (mask) data.forEach((byte, i) => { data[i] = byte ^ mask[i % 4]; });
    found.push({ opcode, masked, length, headLength, text: opcode === 8 ? null : asText(data) });
    position += headLength + length;
  }
  return found;
}

const opcodes = { 0: 'continuation', 1: 'text', 2: 'binary', 8: 'close', 9: 'ping', 10: 'pong' };

/** What a frame's header says, in words. */
function frameText(frame) {
  const hidden = frame.masked && frame.text ? ` “${frame.text.slice(0, 60)}”` : '';
  return t(frame.masked ? 'wire.frame.masked' : 'wire.frame', {
    kind: opcodes[frame.opcode] ?? `opcode ${frame.opcode}`,
    head: frame.headLength, n: count(frame.length),
  }) + hidden;
}

/** What a run is, in words: its class, its size, and for the size of a chunk the number it says. */
function explanation(segment) {
  const name = t(`class.${segment.name}`);
  let text = t('wire.run', { name, n: count(segment.count), what: t(`class.${segment.name}.what`) });
  const size = segment.name === 'transfer_coding'
    && /^(?:\r\n)?([0-9a-f]+)\r\n/i.exec(asText(segment.bytes) ?? '');
  if (size) text += ` ${t('wire.chunk', { hex: size[1], n: count(parseInt(size[1], 16)) })}`;
  return text;
}

/** At most so many runs of a message are shown: 8 events of a batch, with the commas between. */
const shownRuns = 18;

/** The messages of the last exchange: what was asked last, and what has come since then. */
export function lastExchange(messages, technique) {
  const sorted = [...messages].sort((a, b) => a.at_ns - b.at_ns);
  if (isPolling(technique)) {
    // The last answered request, and not the one that waits: a transcript needs both halves.
    const answer = sorted.findLastIndex((message) => message.way === 'down');
    const asked = sorted.slice(0, answer + 1).findLastIndex((message) => message.way === 'up');
    return answer < 0 ? sorted.slice(-1) : sorted.slice(Math.max(asked, 0), answer + 1);
  }
  // Of a stream: how it was opened, what the page said last, and what came last.
  const later = sorted.filter((message) => !isOpening(message));
  const said = later.findLast((message) => message.way === 'up'
    && message.runs.some(([name]) => name === 'payload'));
  const last = later.slice(-3);
  return [...sorted.filter(isOpening).slice(-2), ...(said && !last.includes(said) ? [said] : []), ...last];
}

/** The transcript in the panel. It holds still while it is pointed at or has the focus. */
export class Transcript {
  constructor(container) {
    this.container = container;
    this.list = make('ol', { className: 'messages' });
    this.inspector = make('p', { className: 'inspector' });
    this.container.append(this.inspector, this.list);
    for (const kind of ['pointerover', 'focusin']) {
      this.list.addEventListener(kind, (event) => this.inspect(event.target.closest('.run')));
    }
    this.list.addEventListener('pointerleave', () => this.inspect(null));
    this.list.addEventListener('keydown', (event) => this.move(event));
  }

  get isHeld() {
    return this.list.matches(':hover') || this.list.contains(document.activeElement);
  }

  show(messages, technique) {
    if (this.isHeld) return;
    this.list.replaceChildren(
      ...messages.map((message) => this.message(message, technique)));
    if (!messages.length) this.list.append(make('li', { className: 'quiet' }, t('wire.nothing')));
    this.list.querySelector('.run')?.setAttribute('tabindex', '0');
    this.inspect(null);
  }

  message(message, technique) {
    const way = t(message.way === 'up' ? 'wire.up' : 'wire.down');
    const parts = segments(message);
    const cut = parts.length > shownRuns ? parts.length - shownRuns : 0;
    const runs = parts.map((segment) => this.run(segment));
    if (cut) {
      const left = parts.slice(12, 12 + cut).reduce((sum, segment) => sum + segment.count, 0);
      runs.splice(12, cut, make('span', { className: 'cut' },
        ` ⋯ ${t('wire.runs.cut', { runs: count(cut), n: count(left) })} ⋯ `));
    }
    const isFrames = technique === 'websocket' && !(isOpening(message) && message.way === 'up');
    return make(
      'li', { className: `message ${message.way}` },
      make('p', { className: 'way' }, make('strong', {}, way), ` ${byteText(message.count)}`),
      make('div', { className: 'bytes' }, runs),
      isFrames && frames(message).slice(0, 4).map(
        (frame) => make('p', { className: 'decoded' }, frameText(frame))));
  }

  run(segment) {
    const text = explanation(segment);
    const span = make(
      'span', { className: `run class-${dashed(segment.name)}`, tabIndex: -1, title: text },
      make('span', { className: 'visually-hidden' }, `[${t(`class.${segment.name}`)}] `),
      shown(segment));
    span.dataset.explanation = text;
    return span;
  }

  inspect(run) {
    this.inspector.textContent = run?.dataset.explanation ?? t('wire.hint');
  }

  /** One tab stop for all runs; the arrow keys go from run to run. */
  move(event) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const runs = [...this.list.querySelectorAll('.run')];
    const next = runs[runs.indexOf(document.activeElement) + step];
    if (!next) return;
    event.preventDefault();
    for (const run of runs) run.tabIndex = run === next ? 0 : -1;
    next.focus();
  }
}

/** Bytes by class, up and down, of several messages together. */
export function countByClass(messages) {
  const sums = { up: {}, down: {} };
  for (const message of messages) {
    for (const [name, length] of wholeRuns(message)) {
      sums[message.way][name] = (sums[message.way][name] ?? 0) + length;
    }
  }
  return sums;
}

/** The legend, which also counts: a row for each class that occurs, an exchange and an event. */
export function classTable(exchange, total, events) {
  const names = [...byteClasses, 'rest'].filter((name) => [exchange, total].some(
    (sums) => (sums.up[name] ?? 0) + (sums.down[name] ?? 0) > 0));
  const cell = (value) => make('td', {}, value ? byteText(value) : '–');
  const perEvent = (sums, name) => (events > 0 ? (sums[name] ?? 0) / events : null);
  const sum = (values) => Object.values(values).reduce((all, value) => all + value, 0);
  const column = (text) => make('th', { scope: 'col' }, text);
  return make(
    'table', { className: 'classes' },
    make('caption', { className: 'visually-hidden' }, t('wire.legend')),
    make('thead', {}, make(
      'tr', {}, column(t('wire.class')),
      ['wire.here.up', 'wire.here.down', 'wire.event.up', 'wire.event.down']
        .map((key) => column(t(key))))),
    make('tbody', {}, names.map((name) => make(
      'tr', {}, make('th', { scope: 'row', title: t(`class.${name}.what`) },
        swatch(name), t(`class.${name}`)),
      cell(exchange.up[name]), cell(exchange.down[name]),
      cell(perEvent(total.up, name)), cell(perEvent(total.down, name))))),
    make('tfoot', {}, make(
      'tr', {}, make('th', { scope: 'row' }, t('wire.all')),
      cell(sum(exchange.up)), cell(sum(exchange.down)),
      cell(events > 0 ? sum(total.up) / events : null),
      cell(events > 0 ? sum(total.down) / events : null))));
}
