// The lab's page: what is on it, in the order in which it comes to life.

import { startControls } from './controls.js';
import { startHalfDead } from './half-dead.js';
import { apply, language, ms, showLanguageSwitch, t } from './i18n.js';
import { lab } from './lab.js';
import { lanes, makeLanes, startLanes } from './lanes.js';
import { make } from './dom.js';
import { startPanel } from './panel.js';
import { showRows } from './rows.js';
import { pageSettings, weighHeaders } from './settings.js';
import { startSlide } from './slide.js';
import { measureFrames, timeline } from './timeline.js';
import { startTour, tourState } from './tour.js';

/** What the page has to say at its top: that the server is away, or lacks what the page needs. */
function showNotice() {
  const notice = document.getElementById('notice');
  const missing = [...lab.missing].map((part) => `/lab/${part}`).join(', ');
  const text = !lab.isReachable
    ? t('page.unreachable') : missing ? t('page.missing', { missing }) : '';
  notice.hidden = !text;
  if (notice.textContent !== text) notice.textContent = text;
}

/** The rooms are pages of other ports. */
function showRooms() {
  const links = Object.entries(lab.state.rooms ?? {}).map(([room, port]) => make(
    'a', {
      href: `${location.protocol}//${location.hostname}:${port}/?lang=${language()}`,
      'data-t': `page.room.${room}`,
    }));
  document.getElementById('rooms').replaceChildren(...links);
  apply(document.getElementById('top'));
}

/** For tests and teachers: the page's figures, to be read and not set. */
function expose() {
  const view = (lane) => ({
    status: lane.status, received: lane.received, lost: lane.lost, duplicate: lane.duplicate,
    reordered: lane.reordered, requests: lane.requests, firstEventMs: lane.firstEventMs,
    p50: lane.p50(), p99: lane.p99(), lastId: lane.since, log: [...lane.log],
  });
  const handle = {
    page: lab.page,
    get settings() { return { ...lab.state.settings, ...pageSettings() }; },
    get clock() { return { ...lab.clock, errorText: `± ${ms(lab.clock.error / 1e6)}` }; },
    get lanes() {
      return Object.fromEntries([...lanes].map(([id, lane]) => [id, view(lane)]));
    },
    frames: null,
    async measureFrames(duration) {
      handle.frames = await measureFrames(duration);
      return handle.frames;
    },
    get tour() { return tourState; },
  };
  globalThis.pushbench = handle;
}

/** Resolves when the page has loaded: a stream begun earlier would be part of its loading for ever. */
function loaded() {
  if (document.readyState === 'complete') return Promise.resolve();
  return new Promise((resolve) => addEventListener('load', resolve, { once: true }));
}

weighHeaders();
await lab.start();
if (lab.state) {
  makeLanes();
  showLanguageSwitch(document.getElementById('language'));
  showRooms();
  showRows();
  startControls();
  startHalfDead();
  startPanel();
  startTour();
  startSlide();
  apply(document);
  timeline.start();
  expose();
  await loaded();
  startLanes();
} else {
  // Without the server there is nothing to show but that; it is asked again.
  lab.addEventListener('state', () => location.reload(), { once: true });
}
lab.addEventListener('reach', showNotice);
document.addEventListener('languagechange', () => {
  showNotice();
  if (lab.state) showRooms();
});
showNotice();
