// Who said what when, from the real times: the server's line has the times at which the server wrote
// or read, the client's those at which this page asked or was told. Times are in milliseconds of the
// server's clock, counted from the first moment shown.

import { draw, make } from './dom.js';
import { bytes as byteText, digits, ms, t } from './i18n.js';
import { bytesOf, isOpening, isPolling } from './transcript.js';

/** Exchanges shown of a polling technique, and messages of a stream: what fits beside a lecture. */
const shownExchanges = 3;
const shownMessages = 6;

/** What a message says, in few words: `GET since=17`, `204`, `events 17–18`, `ping`. */
function label(message) {
  const head = new TextDecoder('latin1').decode(bytesOf(message));
  const [first] = head.split('\r\n');
  const ids = message.events ?? [];
  const named = ids.length === 0 ? ''
    : ids[0] === ids[1] ? t('ladder.event', { id: ids[0] })
      : t('ladder.events', { from: ids[0], to: ids[1] });
  if (message.way === 'up' && isOpening(message)) {
    // What the browser says of itself wins over what the page asked when it opened the stream.
    const since = /\r\nLast-Event-ID: *(\d+)/i.exec(head) ?? /[?&]since=(\d+)/.exec(first);
    const name = since?.[0].startsWith('\r') ? 'Last-Event-ID' : 'since';
    return `${first.split(' ')[0]}${since ? ` ${name}=${since[1]}` : ''}`;
  }
  if (isOpening(message)) return `${/^HTTP\S* (\d+)/.exec(first)?.[1] ?? ''} ${named}`.trim();
  if (named) return named;
  const kinds = message.runs.map(([name]) => name);
  for (const kind of ['closing', 'notice', 'heartbeat', 'padding', 'payload']) {
    if (kinds.includes(kind)) return t(`class.${kind}`);
  }
  return '';
}

/** Times further apart than this, and eight transits, are not of one message; nanoseconds. */
const nearby = 2e9;

/** Whether a lane's polls are held, so that the next is asked at once. */
function isHeld(lane) {
  return isPolling(lane.id) && lane.id !== 'short-polling';
}

/**
 * The messages with both their times. `server` is the time the server saw; `client` the page's, and
 * where the page cannot see a message (a heartbeat, a pong) it is half a round trip away, `guessed`.
 *
 * `lane.exchanges` and `lane.events` have nanoseconds of the server's clock, as `lab.now()`.
 */
export function timedMessages({ messages, lane, oneWay, error }) {
  const arrived = new Map([...lane.events].map((event) => [event.id, event]));
  const exchanges = [...lane.exchanges].filter((exchange) => exchange.asked != null);
  return [...messages].sort((a, b) => a.at_ns - b.at_ns).map((message) => {
    const server = message.at_ns;
    let client = null;
    if (message.way === 'up') {
      // The poll that was asked before this moment and not answered yet; one that still waits is not
      // among the exchanges, but a held poll is asked as soon as the one before it is answered.
      const asked = exchanges.findLast((exchange) => exchange.asked <= server + error);
      if (asked?.answered >= server - error) client = asked.asked;
      else if (isHeld(lane) && asked && server - asked.answered < nearby + 8 * oneWay) {
        client = Math.min(asked.answered, server);
      }
    } else {
      client = arrived.get(message.events?.[1])?.at ?? null;
      client ??= exchanges.find((exchange) => exchange.answered >= server - error)?.answered ?? null;
      if (client !== null && client - server > nearby + 8 * oneWay) client = null;
    }
    const guessed = client === null;
    client ??= message.way === 'up' ? server - oneWay : server + oneWay;
    return { message, way: message.way, server, client, guessed, text: label(message) };
  });
}

/**
 * The times in which the server cannot reach the client: after an answer, and after the end of a
 * connection, until the next request. `ended` are the moments at which connections ended.
 */
export function blindWindows(timed, technique, ended) {
  const windows = [];
  let from = null;
  let before = timed[0]?.server;
  for (const entry of timed) {
    if (entry.way === 'up' && isOpening(entry.message)) {
      from ??= ended.findLast((time) => time > before && time < entry.server) ?? null;
    }
    before = entry.server;
    if (entry.way === 'down') {
      const ends = isPolling(technique) || entry.message.runs.some(([name]) => name === 'closing');
      from = ends ? entry.server : from;
    } else if (from !== null && isOpening(entry.message)) {
      windows.push({ from, to: entry.server });
      from = null;
    }
  }
  return windows;
}

/** What is to be drawn: the last exchanges, the events due in them, and the blind windows. */
export function ladderModel({ messages, lane, technique, oneWay, error, ended = [] }) {
  let timed = timedMessages({ messages, lane, oneWay, error });
  if (isPolling(technique)) {
    const asked = timed.filter((entry) => entry.way === 'up').slice(-shownExchanges)[0];
    if (asked) timed = timed.slice(timed.indexOf(asked));
  } else {
    timed = timed.slice(-shownMessages);
  }
  if (!timed.length) return null;
  const first = Math.min(...timed.map((entry) => Math.min(entry.client, entry.server)));
  const last = Math.max(...timed.map((entry) => Math.max(entry.client, entry.server)));
  const carried = timed.map((entry) => entry.message.events).filter(Boolean);
  const due = [...lane.events].filter((event) => event.t >= first - 2e9
    && carried.some(([from, to]) => event.id >= from && event.id <= to));
  return {
    timed, due, windows: blindWindows(timed, technique, ended), error, oneWay,
    first: Math.min(first, ...due.map((event) => event.t)), last,
  };
}

/**
 * From time to height. Time is to scale, except that a long silence with nothing on its way is cut
 * to a fixed height; `breaks` says which.
 */
function timeScale(model, height) {
  const busy = [
    ...model.timed.map((entry) => [
      Math.min(entry.client, entry.server), Math.max(entry.client, entry.server)]),
    ...model.due.map((event) => [event.t, event.t]),
  ].sort((a, b) => a[0] - b[0]);
  const longest = Math.max(...model.timed.map((entry) => Math.abs(entry.client - entry.server)));
  // A silence of up to four transits stays to scale, so that blind windows of one and two round
  // trips can be compared by eye; 12 ms keep a loopback's picture from being cut everywhere.
  const limit = Math.max(4.4 * longest, 12e6);
  const cuts = [];
  let end = model.first;
  for (const [from, to] of busy) {
    if (from - end > limit) cuts.push({ from: end, to: from });
    end = Math.max(end, to);
  }
  const cutSpan = limit * 0.5;
  const total = model.last - model.first
    - cuts.reduce((sum, cut) => sum + (cut.to - cut.from - cutSpan), 0);
  const position = (time) => {
    let offset = time - model.first;
    for (const cut of cuts) {
      if (time >= cut.to) offset -= cut.to - cut.from - cutSpan;
      else if (time > cut.from) {
        offset -= (time - cut.from) * (1 - cutSpan / (cut.to - cut.from));
      }
    }
    return (offset / Math.max(total, 1)) * height;
  };
  return { position, cuts };
}

/** Moves labels down where they would cover each other; they stay in the order of time. */
function spread(labels, distance) {
  let below = -Infinity;
  for (const entry of labels.sort((a, b) => a.y - b.y)) {
    entry.at = Math.max(entry.y, below + distance);
    below = entry.at;
  }
  return labels;
}

const top = 30;
const below = 18;

/** About how wide a text is at the diagram's size: Chinese characters are twice as wide as others. */
function widthOf(text) {
  return [...text].reduce((sum, character) => sum + (character > '\u2e7f' ? 12 : 6.8), 0);
}

/** The diagram as SVG, `width` CSS pixels wide. */
export function ladderFigure(model, width) {
  const rows = model.timed.length + model.due.length * 0.5;
  const height = Math.min(560, Math.max(220, rows * 34));
  const { position, cuts } = timeScale(model, height);
  const y = (time) => top + position(time);
  const labels = labelsOf(model, y);
  const margin = (side) => Math.min(
    width * 0.34, 17 + Math.max(40, ...labels[side].map(({ text }) => widthOf(text))));
  const x = { client: margin('client'), server: width - margin('server') };
  const svg = draw('svg', { class: 'ladder', role: 'img', 'aria-label': t('ladder.alt') });
  for (const window of model.windows) {
    const from = y(window.from);
    svg.append(draw('rect', {
      class: 'blind', x: x.server - 7, width: 14, y: from, height: Math.max(y(window.to) - from, 2),
    }));
  }
  const text = (anchor, px, py, content, kind) => svg.append(
    draw('text', { x: px, y: py, 'text-anchor': anchor, class: kind }, content));
  let lowest = top + height + 6;
  for (const [end, px] of Object.entries(x)) {
    svg.append(draw('line', { class: 'end', x1: px, x2: px, y1: top - 8, y2: lowest }));
    text('middle', px, 14, t(`ladder.${end}`), 'head');
  }
  for (const cut of cuts) drawCut(svg, x, (y(cut.from) + y(cut.to)) / 2, cut);
  for (const entry of model.timed) drawArrow(svg, x, y, entry);
  for (const event of model.due) {
    svg.append(draw('circle', { class: 'due', cx: x.server, cy: y(event.t), r: 3.5 }));
  }
  const write = (side, anchor, px, distance) => {
    for (const entry of spread(labels[side], distance)) {
      text(anchor, px, entry.at, entry.text, entry.kind);
      lowest = Math.max(lowest, entry.at);
    }
  };
  write('middle', 'middle', (x.client + x.server) / 2, 14);
  write('client', 'end', x.client - 11, 13);
  write('server', 'start', x.server + 11, 13);
  const full = Math.ceil(lowest + below);
  svg.setAttribute('viewBox', `0 0 ${width} ${full}`);
  svg.setAttribute('width', width);
  svg.setAttribute('height', full);
  return svg;
}

/** What stands beside the two lines and on the arrows, each with its height. */
function labelsOf(model, y) {
  const relative = (time) => `${digits((time - model.first) / 1e6)}`;
  const labels = { client: [], middle: [], server: dueLabels(model.due, y) };
  let stamped = '';
  for (const entry of model.timed) {
    labels.middle.push({
      y: (y(entry.client) + y(entry.server)) / 2 - 5, kind: 'message',
      text: `${entry.text} · ${byteText(entry.message.count)}`,
    });
    const stamp = relative(entry.server);
    // A question that is answered at once has one time with its answer.
    if (stamp !== stamped) labels.server.push({ y: y(entry.server) + 4, text: stamp, kind: 'time' });
    stamped = stamp;
    if (entry.guessed) continue;
    const event = entry.way === 'down' && model.due.find(
      (one) => one.id === entry.message.events?.[1] && !one.replayed);
    labels.client.push({
      y: y(entry.client) + 4, kind: 'time',
      text: event
        ? t('ladder.took', { id: event.id, time: ms((event.at - event.t) / 1e6) })
        : relative(entry.client),
    });
  }
  for (const window of model.windows) {
    labels.server.push({
      y: (y(window.from) + y(window.to)) / 2 + 4, kind: 'blind-text',
      text: t('ladder.blind', { time: ms((window.to - window.from) / 1e6) }),
    });
  }
  return labels;
}

/** A label for the events that are due together, or so close that their labels would not fit. */
function dueLabels(due, y) {
  const labels = [];
  for (const event of [...due].sort((a, b) => a.t - b.t)) {
    const height = y(event.t) + 4;
    const open = labels.at(-1);
    if (open && height - open.y < 13) open.to = event.id;
    else labels.push({ y: height, kind: 'event', from: event.id, to: event.id });
  }
  return labels.map((label) => ({ ...label, text: label.from === label.to
    ? t('ladder.due', { id: label.from }) : t('ladder.due.many', label) }));
}

/** A silence that is not to scale: a gap in both lines, and how long it was. */
function drawCut(svg, x, middle, cut) {
  for (const px of Object.values(x)) {
    svg.append(
      draw('rect', { class: 'gap', x: px - 9, width: 18, y: middle - 4, height: 8 }),
      draw('path', { class: 'tear', d: `M${px - 8},${middle - 3}h16M${px - 8},${middle + 3}h16` }));
  }
  svg.append(draw(
    'text', { x: (x.client + x.server) / 2, y: middle + 4, 'text-anchor': 'middle', class: 'time' },
    t('ladder.silence', { time: ms((cut.to - cut.from) / 1e6) })));
}

/** An arrow from the one line to the other; dashed where the page could not time its end. */
function drawArrow(svg, x, y, entry) {
  const up = entry.way === 'up';
  const from = up ? [x.client, y(entry.client)] : [x.server, y(entry.server)];
  // The clocks are aligned to a fraction of a millisecond: an arrow never points back in time.
  const to = up
    ? [x.server, Math.max(y(entry.server), from[1])] : [x.client, Math.max(y(entry.client), from[1])];
  const back = up ? -9 : 9;
  const slope = (to[1] - from[1]) / (to[0] - from[0]);
  svg.append(
    draw('line', {
      class: `arrow ${entry.way}${entry.guessed ? ' guessed' : ''}`,
      x1: from[0], y1: from[1], x2: to[0], y2: to[1],
    }),
    draw('path', {
      class: `tip ${entry.way}`,
      d: `M${to[0]},${to[1]} L${to[0] + back},${to[1] + back * slope - 4}`
        + ` L${to[0] + back},${to[1] + back * slope + 4} Z`,
    }));
}

/** The same as the diagram, as a list in the order of time. */
export function ladderList(model) {
  const at = (time) => ms((time - model.first) / 1e6);
  const lines = [
    ...model.due.map((event) => [event.t, t('ladder.list.due', {
      id: event.id, at: at(event.t), time: ms((event.at - event.t) / 1e6) })]),
    ...model.timed.map((entry) => {
      const [from, to] = entry.way === 'up'
        ? [entry.client, entry.server] : [entry.server, entry.client];
      return [from, t(`ladder.list.${entry.way}`, {
        what: entry.text, bytes: byteText(entry.message.count), from: at(from),
        to: entry.guessed ? `≈ ${at(to)}` : at(to) })];
    }),
    ...model.windows.map((window) => [window.from, t('ladder.list.blind', {
      from: at(window.from), time: ms((window.to - window.from) / 1e6) })]),
  ].sort((a, b) => a[0] - b[0]);
  return make('ol', {}, lines.map(([, line]) => make('li', {}, line)));
}
