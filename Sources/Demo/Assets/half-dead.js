// Peers that are half dead: after the last fault, who noticed it when, what the server kept meanwhile,
// and when everything had arrived.

import { make } from './dom.js';
import { fragment } from './fragment.js';
import { apply, bytes, count, has, ms, t } from './i18n.js';
import { lab } from './lab.js';
import { lanes } from './lanes.js';

const columns = ['lane', 'client', 'server', 'held', 'recovered', 'lost'];

const watch = {
  container: null, body: null, about: null,
  /** The last fault, and what has become of it on each lane. */
  fault: null, lanes: new Map(),
};

/** Builds the table in `#half-dead`; it is shown when the server or the address asks for it. */
export function startHalfDead() {
  watch.container = document.getElementById('half-dead');
  watch.body = make('tbody', {});
  watch.about = make('p', { className: 'quiet' });
  watch.container.append(
    make('h2', { id: 'half-dead-title', 'data-t': 'half-dead.title' }),
    make('p', { 'data-t': 'half-dead.what' }),
    watch.about,
    make('div', { className: 'scroll', tabIndex: 0, role: 'region', 'aria-labelledby': 'half-dead-title' },
      make('table', {},
        make('thead', {}, make('tr', {}, columns.map(
          (name) => make('th', { scope: 'col', 'data-t': `half-dead.${name}` })))),
        watch.body)),
    make('p', { className: 'quiet', 'data-t': 'half-dead.note' }));
  lab.addEventListener('fault', ({ detail }) => begin(detail));
  lab.addEventListener('observed', ({ detail }) => observe(detail));
  lab.addEventListener('state', showOrHide);
  addEventListener('hashchange', showOrHide);
  document.addEventListener('languagechange', show);
  for (const lane of lanes.values()) {
    lane.addEventListener('log', () => noticed(lane));
    lane.addEventListener('event', () => arrived(lane));
  }
  showOrHide();
  apply(watch.container);
  show();
}

function showOrHide() {
  watch.container.hidden = !(lab.state.half_dead || fragment().has('half-dead'));
}

/** A fault begins, or one that had no end ends. */
function begin(fault) {
  const { fault: last } = watch;
  if (fault.isEnd) {
    if (last?.kind === fault.kind) last.until = fault.at;
    return;
  }
  // One order for every lane is one fault.
  if (last?.kind === fault.kind && fault.at - last.at < 1e9 && watch.lanes.size) {
    watch.lanes.set(fault.lane, entry(lanes.get(fault.lane)));
    return show();
  }
  watch.fault = { ...fault };
  watch.lanes.clear();
  for (const lane of lanes.values()) {
    if (!lane.isPaused && (!fault.lane || fault.lane === lane.id)) {
      watch.lanes.set(lane.id, entry(lane));
    }
  }
  show();
}

function entry(lane) {
  return { client: null, server: null, reason: null, held: 0, recovered: null, lost: lane?.lost ?? 0 };
}

function noticed(lane) {
  const seen = watch.lanes.get(lane.id);
  const { outage } = lane;
  if (seen && seen.client === null && outage && outage.noticed > watch.fault.at) {
    seen.client = outage.noticed - watch.fault.at;
    show();
  }
}

/** An event after the end of the fault with which a lane has everything: it has recovered. */
function arrived(lane) {
  const seen = watch.lanes.get(lane.id);
  if (!seen || seen.recovered !== null || !watch.fault) return;
  const now = lab.now();
  const isOver = now > watch.fault.until && now > watch.fault.at + 1e6;
  if (isOver && lane.since >= lab.newest && !lane.outage) {
    seen.recovered = now - watch.fault.until;
    show();
  }
}

function observe({ lanes: observed }) {
  if (!watch.fault) return;
  for (const [id, seen] of watch.lanes) {
    const { held_bytes: held = 0, ended = [] } = observed[id] ?? {};
    seen.held = Math.max(seen.held, held);
    const first = ended.find(({ at_ns: at }) => at >= watch.fault.at);
    if (first && seen.server === null) {
      seen.server = first.at_ns - watch.fault.at;
      seen.reason = first.reason;
    }
  }
  show();
}

function row(id, seen) {
  const lane = lanes.get(id);
  const after = (value) => (value === null ? t('half-dead.not-yet') : ms(value / 1e6));
  const reason = seen.reason && has(`half-dead.reason.${seen.reason}`)
    ? t(`half-dead.reason.${seen.reason}`) : seen.reason;
  return make(
    'tr', {},
    make('th', { scope: 'row' }, has(`technique.${id}`) ? t(`technique.${id}`) : lane.title),
    make('td', {}, after(seen.client)),
    make('td', {}, after(seen.server), reason && make('small', {}, ` ${reason}`)),
    make('td', {}, bytes(seen.held)),
    make('td', {}, after(seen.recovered)),
    make('td', { className: lane.lost > seen.lost ? 'bad' : '' }, count(lane.lost - seen.lost)));
}

function show() {
  if (watch.container.hidden) return;
  const { fault } = watch;
  watch.about.textContent = fault
    ? t('half-dead.fault', { fault: t(`controls.${fault.kind}`) }) : t('half-dead.none');
  watch.body.replaceChildren(...[...watch.lanes].map(([id, seen]) => row(id, seen)));
}
