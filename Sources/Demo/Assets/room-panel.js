// What both rooms show of the way that they use: which one it is, the switch by which a class pretends
// that its browser is older, and what a message takes on the wire by each.

import { bytes, count, t } from './i18n.js';
import { make } from './dom.js';
import { ways } from './room-link.js';

/** Fills `container` for `link`; who does not speak at the moment is not shown what speaking takes. */
export function showLink(link, container, speaks = () => true) {
  const state = make('p', { role: 'status', className: 'link-state' });
  const figures = make('p', { className: 'quiet' });
  const choices = make('fieldset', { className: 'ways' }, make('legend'));
  const inputs = ways.map((way, rung) => {
    const input = make('input', {
      type: 'radio', name: 'way', value: way.id, checked: rung === link.top,
      onchange: () => link.pretend(rung),
    });
    const name = make('span');
    choices.append(make('label', {}, input, name));
    return { input, name, way };
  });
  const costs = make('table', { className: 'costs' });
  container.replaceChildren(state, choices, costs, figures);

  const write = () => {
    const name = t(`room.way.${link.way.id}`);
    setText(state, t(`room.link.${link.state}`, { way: name }));
    state.dataset.state = link.state;
    setText(choices.firstChild, t('room.pretend'));
    for (const { input, name, way } of inputs) {
      setText(name, t(`room.way.${way.id}`));
      input.checked = ways[link.top] === way;
      input.parentElement.classList.toggle('used', link.way === way && link.state !== 'closed');
    }
    setText(figures, t('room.figures', {
      received: count(link.received), lost: count(link.lost), repeated: count(link.repeated),
      reconnects: count(link.reconnects),
    }));
    costs.hidden = !speaks();
    writeCosts(costs, link);
  };
  link.addEventListener('change', write);
  link.addEventListener('event', write);
  document.addEventListener('languagechange', write);
  write();
}

/** What a message took, by the three ways of sending one. */
function writeCosts(table, link) {
  const head = ['by', 'messages', 'up', 'down', 'text']
    .map((key) => make('th', { scope: 'col' }, t(`room.cost.${key}`)));
  const rows = ['frame', 'post', 'script'].map((by) => {
    const cost = link.costs[by];
    const each = (total) => cost ? bytes(Math.round(total / cost.messages)) : '–';
    return make('tr', { className: by === link.way.speaks ? 'used' : '' },
      make('th', { scope: 'row' }, t(`room.by.${by}`)),
      make('td', {}, count(cost?.messages ?? 0)),
      make('td', {}, each(cost?.up)), make('td', {}, each(cost?.down)),
      make('td', {}, each(cost?.text)));
  });
  table.replaceChildren(make('caption', {}, t('room.cost')),
    make('thead', {}, make('tr', {}, ...head)), make('tbody', {}, ...rows));
}

/** Sets a text only when it is another one, so that nobody is told twice. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** What a refusal says to the reader. */
export function refusalText({ code, retry_s: seconds }) {
  return t(`room.refused.${code}`, { seconds: seconds ?? '' });
}

/** A name or number between isolates, so that its direction does not turn the sentence around it. */
export function isolated(text) {
  return `\u2068${text}\u2069`;
}

/** The time of day of a moment in milliseconds since 1970. */
export function timeOfDay(at) {
  const moment = new Date(at);
  const text = moment.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  return make('time', { dateTime: moment.toISOString() }, text);
}

/** The way that the address asks for, `?way=sse`. */
export function askedWay() {
  return Math.max(ways.findIndex(({ id }) => id === new URLSearchParams(location.search).get('way')), 0);
}
