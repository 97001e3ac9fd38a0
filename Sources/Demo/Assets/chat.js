// The chat room: who is here, what is said, and how it travels. What people type is only ever set as
// text.

import { apply, showLanguageSwitch, t } from './i18n.js';
import { make } from './dom.js';
import { post, Refused, RoomLink } from './room-link.js';
import { askedWay, isolated, refusalText, setText, showLink, timeOfDay } from './room-panel.js';

// Lines that stay on the page; an hour of a lively class.
const shownLines = 500;

const find = (id) => document.getElementById(id);
const link = new RoomLink();
/** Who is here, by id. */
const online = new Map();
let me = null;
let session = '';

link.top = askedWay();
apply();
showLanguageSwitch(find('language'));
showLink(link, find('link'));
writePresent();
showCount();
// Tests and teachers may look; nobody may steer.
window.room = Object.freeze({ link, online, get me() { return me; } });

// Coming and going

find('entry').addEventListener('submit', async (event) => {
  event.preventDefault();
  setText(find('entry-problem'), '');
  try {
    await enter(find('name').value);
    find('entry').hidden = true;
    find('room').hidden = false;
    link.open(session, link.cursor);
    find('text').focus();
  } catch (error) {
    setText(find('entry-problem'), problemText(error));
  }
});

/** Joins, and takes over who is here. */
async function enter(name) {
  const joined = await post('/room/join', { name });
  session = joined.session;
  me = joined.user;
  link.cursor = joined.cursor;
  takeOnline(joined.online);
}

/** The room has forgotten us: joins again under the same name, and goes on. */
async function enterAgain() {
  try {
    await enter(me.name);
    link.renew(session, link.cursor);
  } catch {
    setTimeout(enterAgain, 2_000);
  }
}

link.addEventListener('restarted', () => {
  addNote(() => t('chat.restarted'));
  enterAgain();
});

function leave() {
  if (!session) return;
  // The page may be gone before an answer is there; a beacon is sent all the same.
  const order = new Blob([JSON.stringify({ session })], { type: 'application/json' });
  navigator.sendBeacon('/room/leave', order);
  session = '';
  link.close();
}

addEventListener('pagehide', leave);
addEventListener('pageshow', ({ persisted }) => persisted && location.reload());
addEventListener('online', () => link.hurry());
find('leave').addEventListener('click', () => {
  leave();
  location.reload();
});

/** Before entering: how many are here. */
async function showCount() {
  const state = await fetch('/room/state').then((answer) => answer.json()).catch(() => null);
  if (state && !me) takeOnline(state.online);
}

function takeOnline(users) {
  online.clear();
  for (const user of users) online.set(user.id, user);
  writePresent();
}

function writePresent() {
  setText(find('present'), t('chat.present', { n: online.size }));
  setText(find('online-title'), t('chat.online', { n: online.size }));
  find('online').replaceChildren(...[...online.values()].map((user) =>
    make('li', {}, nameOf(user), user.id === me?.id && make('span', { className: 'quiet' }, t('chat.you')))));
  markNames();
}

// What happens

link.addEventListener('event', ({ detail: { data } }) => {
  if (data.kind === 'said') return addMessage(data);
  if (data.kind === 'joined') online.set(data.user.id, data.user);
  else online.delete(data.user.id);
  const { name } = data.user;
  addNote(() => t(`chat.${data.kind}`, { name: isolated(name) }), data.at);
  writePresent();
});

link.addEventListener('lost', async ({ detail }) => {
  addNote(() => t('chat.lost', { n: detail }));
  await showState();
});

async function showState() {
  const state = await fetch('/room/state').then((answer) => answer.json()).catch(() => null);
  if (state) takeOnline(state.online);
}

function addMessage({ user, text, at }) {
  add(make('p', { className: user.id === me.id ? 'said own' : 'said' },
    make('span', { className: 'who' }, nameOf(user)), timeOfDay(at),
    make('span', { className: 'text', dir: 'auto' }, text)));
}

/** A line of the room's own, in whichever language is shown. */
function addNote(text, at) {
  const words = make('span', {}, text());
  words.write = text;
  add(make('p', { className: 'note' }, words, at && timeOfDay(at)));
}

function add(line) {
  const log = find('log');
  const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  log.append(line);
  while (log.childElementCount > shownLines) log.firstElementChild.remove();
  markNames();
  if (isAtEnd) log.scrollTop = log.scrollHeight;
}

document.addEventListener('languagechange', () => {
  writePresent();
  for (const words of find('log').querySelectorAll('.note span')) words.textContent = words.write();
});

// Names

/** A name, and the number that tells it from the same name of somebody else. */
function nameOf({ id, name }) {
  const tag = make('span', { className: 'tag', hidden: true }, `#${id}`);
  tag.dataset.name = name.normalize('NFKC').toLowerCase();
  tag.dataset.id = id;
  return make('bdi', { className: 'name' }, name, tag);
}

/** Shows the numbers of the names that several have. */
function markNames() {
  const tags = [...document.querySelectorAll('.tag')];
  const first = new Map();
  const shared = new Set();
  for (const { dataset: { name, id } } of tags) {
    if (first.has(name) && first.get(name) !== id) shared.add(name);
    else first.set(name, id);
  }
  for (const tag of tags) tag.hidden = !shared.has(tag.dataset.name);
}

// Saying

find('composer').addEventListener('submit', async (event) => {
  event.preventDefault();
  const input = find('text');
  const text = input.value;
  if (!text.trim()) return;
  input.value = '';
  setText(find('problem'), '');
  try {
    await link.say(text);
  } catch (error) {
    if (!input.value) input.value = text;
    if (error.refusal?.code === 'session') enterAgain();
    setText(find('problem'), problemText(error));
  }
});

function problemText(error) {
  return error instanceof Refused ? refusalText(error.refusal) : t('room.unreachable');
}
