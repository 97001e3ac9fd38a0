// The wall: a browser opens six connections to a host and port, whatever a page asks for. Seven streams
// on one port show it: six are open, and the seventh waits until one of them ends.

import { make } from './dom.js';
import { apply, t } from './i18n.js';
import { lab } from './lab.js';

const streams = 7;
/** When the first stream gives its place up, and when the show ends; milliseconds. */
const release = 6000;
const duration = 12000;

let open = [];
let timers = [];
let lamps = [];
let button = null;
let words = null;
let panel = null;

/** The button and the lamps. */
export function startWall() {
  button = make('button', {
    type: 'button', id: 'wall', 'aria-expanded': 'false', 'aria-controls': 'wall-lamps',
    onclick: () => (open.length ? end() : begin()),
  });
  lamps = Array.from({ length: streams }, () => make('li', {}));
  words = make('p', { role: 'status' });
  panel = make(
    'div', { id: 'wall-lamps', className: 'lamps', hidden: true },
    make('ol', { 'data-t-label': 'wall.lamps' }, ...lamps), words);
  document.addEventListener('languagechange', label);
  label();
  return make('div', { className: 'wall' }, button, panel);
}

function label() {
  button.textContent = t(open.length ? 'wall.end' : 'wall.begin');
  lamps.forEach((lamp, i) => light(i, lamp.dataset.state ?? 'off'));
}

function light(i, state) {
  const lamp = lamps[i];
  lamp.dataset.state = state;
  lamp.textContent = t(`wall.lamp.${state}`, { n: i + 1 });
}

/**
 * Opens the streams where no other request is: the WebSocket lane's port, since a WebSocket is not one
 * of the six.
 */
function begin() {
  const { port } = lab.lane('websocket') ?? lab.state.lanes[0];
  panel.hidden = false;
  words.textContent = t('wall.opening');
  open = lamps.map((_, i) => {
    light(i, 'waiting');
    const url = `${location.protocol}//${location.hostname}:${port}/events/sse?since=${lab.newest}`;
    const source = new EventSource(url);
    source.onopen = () => {
      light(i, 'open');
      const count = lamps.filter((lamp) => lamp.dataset.state === 'open').length;
      words.textContent = t(lamps[0].dataset.state === 'ended' ? 'wall.freed' : 'wall.open', {
        n: count, left: streams - count });
    };
    return source;
  });
  timers = [
    setTimeout(() => {
      open[0].close();
      light(0, 'ended');
      words.textContent = t('wall.released');
    }, release),
    setTimeout(end, duration),
  ];
  button.setAttribute('aria-expanded', 'true');
  label();
  apply(panel);
}

function end() {
  timers.forEach(clearTimeout);
  open.forEach((source) => source.close());
  open = [];
  lamps.forEach((_, i) => light(i, 'ended'));
  words.textContent = t('wall.why');
  button.setAttribute('aria-expanded', 'false');
  label();
}
