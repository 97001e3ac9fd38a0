// What stands on the slide. Loaded when it is first shown.

import { draw, make } from './dom.js';
import { fragment } from './fragment.js';
import { bytes, count, digits, ms, t } from './i18n.js';
import { lab } from './lab.js';
import { lanes } from './lanes.js';
import { counted, measured } from './panel.js';
import { pageSettings } from './settings.js';
import { byteClasses, swatch } from './transcript.js';

/** The bytes an event of a lane by class, both ways together. */
function bytesAnEvent(id) {
  const { seen, baseline } = counted(id);
  const events = (seen?.events ?? 0) - (baseline?.events ?? 0);
  if (events <= 0) return [];
  const of = (lane, name) => (lane?.up?.[name] ?? 0) + (lane?.down?.[name] ?? 0);
  return byteClasses
    .map((name) => [name, Math.max(0, of(seen, name) - of(baseline, name)) / events])
    .filter(([, value]) => value > 0);
}

/** A bar of the classes, `most` bytes wide, with the sum at its end. */
function bar(parts, most) {
  const sum = parts.reduce((all, [, value]) => all + value, 0);
  let x = 0;
  const pieces = parts.map(([name, value]) => {
    const piece = draw('rect', {
      class: `fill-${name.replaceAll('_', '-')}`, x, width: (value / most) * 100, height: 10 });
    x += (value / most) * 100;
    return piece;
  });
  return make(
    'td', { className: 'slide-bar' },
    draw('svg', { viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, pieces),
    make('span', {}, sum ? bytes(sum) : '–'));
}

function conditions() {
  const settings = lab.state?.settings ?? {};
  const page = pageSettings();
  return t('slide.conditions', {
    rate: count(settings.rate), payload: count(settings.payload_bytes), rtt: ms(settings.rtt_ms),
    poll: ms(page.poll_ms), connection: t(`slide.${page.connection ?? 'keep-alive'}`),
  });
}

/** Writes the slide's figures into `view`; `leave` is what its button does. */
export function render(view, leave) {
  const shown = [...lanes.values()].filter((lane) => lane.status !== 'paused');
  const parts = new Map(shown.map((lane) => [lane.id, bytesAnEvent(lane.id)]));
  const sums = [...parts.values()].map((list) => list.reduce((all, [, value]) => all + value, 0));
  const most = Math.max(1, ...sums);
  const used = byteClasses.filter((name) => [...parts.values()].some(
    (list) => list.some(([one]) => one === name)));
  const step = /^\d/.exec(fragment().get('tour') ?? '')?.[0];
  const title = step && t(`tour.${step}.title`) !== `tour.${step}.title`
    ? t(`tour.${step}.title`) : t('slide.title');
  const events = Math.max(0, ...shown.map((lane) => measured(lane.id).n));
  const column = (key) => make('th', { scope: 'col' }, t(key));
  view.replaceChildren(
    make('h1', { id: 'slide-title' }, title),
    make('p', { className: 'conditions' }, conditions()),
    make(
      'table', {},
      make('thead', {}, make(
        'tr', {}, ['technique', 'p50', 'p99', 'requests', 'bytes', 'lost'].map(
          (name) => column(`slide.${name}`)))),
      make('tbody', {}, shown.map((lane) => row(lane, parts.get(lane.id), most)))),
    make('p', { className: 'legend' }, used.map((name) => make(
      'span', {}, swatch(name), t(`class.${name}`)))),
    make(
      'footer', {},
      t('slide.note', {
        version: lab.state?.version ?? '', clock: ms((lab.clock?.error ?? 0) / 1e6),
        events: count(events), n: count(events) }),
      make('button', { type: 'button', onclick: leave }, t('slide.leave'))));
}

function row(lane, parts, most) {
  const now = measured(lane.id);
  const cell = (text) => make('td', {}, text);
  return make(
    'tr', { className: `lane-${lane.id}` },
    make('th', { scope: 'row' }, t(`technique.${lane.id}`)),
    cell(ms(now.p50)), cell(now.n >= 100 ? ms(now.p99) : '–'), cell(digits(now.requests)),
    bar(parts, most), cell(count(lane.lost)));
}
