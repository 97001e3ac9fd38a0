// The live text: posts of a host, newest first. A reader gets the last ones on entering, then every
// post at once; the host logs in with the token that the program has printed.

import { apply, showLanguageSwitch, t } from './i18n.js';
import { make } from './dom.js';
import { post, Refused, RoomLink } from './room-link.js';
import { askedWay, refusalText, setText, showLink, timeOfDay } from './room-panel.js';

// Posts that stay on the page.
const shownPosts = 200;
// As the server's: more is refused there, and need not be read here.
const imageLimit = 512 * 1024;
// How often the host's page asks how many readers there are.
const countInterval = 2_000;
const storageKey = 'pushbench.host';

const find = (id) => document.getElementById(id);
const link = new RoomLink();
/** The host's session; empty for a reader. */
let session = stored();
let counter = 0;
let readers = null;

link.top = askedWay();
apply();
showLanguageSwitch(find('language'));
showLink(link, find('link'), () => Boolean(session));
window.room = Object.freeze({ link, get readers() { return readers; } });
showHost();
begin();

// Reading

/** Shows the last posts, and listens from there on. */
async function begin() {
  try {
    const state = await fetch('/room/state').then((answer) => answer.json());
    find('posts').replaceChildren();
    for (const { data } of state.posts) add(data);
    link.open(session || readerName(), state.cursor);
  } catch {
    setTimeout(begin, 2_000);
  }
}

/** A name of this page's own, by which it is counted. */
function readerName() {
  return [...crypto.getRandomValues(new Uint8Array(12))]
    .map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

link.addEventListener('event', ({ detail: { data } }) => add(data));
link.addEventListener('restarted', begin);
link.addEventListener('lost', begin);
addEventListener('online', () => link.hurry());

function add({ number, text, image, at }) {
  find('empty').hidden = true;
  const article = make('article', {},
    make('p', { className: 'quiet' }, `${number} · `, timeOfDay(at)),
    text && make('p', { className: 'text', dir: 'auto' }, text));
  if (image) {
    const alternative = () => text || t('live.picture', { n: number });
    const picture = make('img', {
      className: 'picture', src: `/room/image/${Number(image.id)}`, alt: alternative(),
      loading: 'lazy',
      onerror: () => picture.replaceWith(make('p', { className: 'quiet' }, t('live.gone'))),
    });
    article.append(picture);
  }
  const posts = find('posts');
  posts.prepend(article);
  while (posts.childElementCount > shownPosts) posts.lastElementChild.remove();
}

// The host

function stored() {
  try {
    return sessionStorage.getItem(storageKey) ?? '';
  } catch {
    return '';
  }
}

function setSession(value) {
  session = value;
  try {
    sessionStorage.setItem(storageKey, value);
  } catch {
    // Storage is forbidden: the host logs in again after a reload.
  }
  showHost();
  // The host listens under the session too, so that its WebSocket may post.
  link.close();
  link.open(session || readerName(), link.cursor);
}

function showHost() {
  find('login').hidden = Boolean(session);
  find('composer').hidden = !session;
  if (session) find('host').open = true;
  clearInterval(counter);
  readers = null;
  setText(find('readers'), '');
  if (!session) return;
  counter = setInterval(countReaders, countInterval);
  countReaders();
}

/** Nobody waits for this number, and it may be two seconds old: polling is good enough for it. */
async function countReaders() {
  try {
    ({ readers } = await post('/room/readers', { session }));
    writeReaders();
  } catch (error) {
    if (error instanceof Refused) setSession('');
  }
}

function writeReaders() {
  if (readers != null) setText(find('readers'), t('live.readers', { n: readers }));
}

document.addEventListener('languagechange', writeReaders);

find('login').addEventListener('submit', async (event) => {
  event.preventDefault();
  setText(find('login-problem'), '');
  try {
    const answer = await post('/room/login', { token: find('token').value.trim() });
    find('token').value = '';
    setSession(answer.session);
    find('text').focus();
  } catch (error) {
    setText(find('login-problem'), problemText(error));
  }
});

find('logout').addEventListener('click', () => {
  post('/room/logout', { session }).catch(() => {});
  setSession('');
});

find('image').addEventListener('change', () => {
  const [file] = find('image').files;
  const preview = find('preview');
  if (preview.src) URL.revokeObjectURL(preview.src);
  preview.hidden = !file;
  if (file) preview.src = URL.createObjectURL(file);
  else preview.removeAttribute('src');
  setText(find('problem'), file && file.size > imageLimit ? t('room.refused.image') : '');
});

find('composer').addEventListener('submit', async (event) => {
  event.preventDefault();
  const text = find('text').value;
  const [file] = find('image').files;
  if (!text.trim() && !file) return;
  setText(find('problem'), '');
  try {
    if (file && file.size > imageLimit) throw new Refused({ code: 'image' });
    await link.say(text, file && await base64(file));
    find('text').value = '';
    find('image').value = '';
    find('image').dispatchEvent(new Event('change'));
  } catch (error) {
    if (error.refusal?.code === 'host') setSession('');
    setText(find('problem'), problemText(error));
  }
});

/** The bytes of a file in base64. */
function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(',') + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

function problemText(error) {
  return error instanceof Refused ? refusalText(error.refusal) : t('room.unreachable');
}
