// Polling as browsers do it: by `fetch`, and by script elements where the answer may come from anywhere.

import { lab } from './lab.js';
import { pageSettings, sendsCookies } from './settings.js';

/** An answer to a held poll that came sooner and empty is not asked again for so long, in milliseconds. */
const leastPause = 100;
/** Script polls that nobody waits for any more, but which cannot be taken back. */
const abandonedLimit = 4;

/** What short and long polling and JSONP share: ask, take the answer, ask again. */
class Polling {
  constructor(lane, { isHeld }) {
    this.lane = lane;
    this.isHeld = isHeld;
    this.timer = null;
  }

  start() {
    clearTimeout(this.timer);
    this.ask();
  }

  stop() {
    clearTimeout(this.timer);
    this.abandon();
  }

  get extra() {
    return pageSettings().connection === 'close' ? { connection: 'close' } : {};
  }

  /** Says that a question is on its way; a held one is parked when it has had time to arrive. */
  asking() {
    const { lane } = this;
    lane.requests += 1;
    if (!this.isHeld) {
      lane.setStatus('asking');
      return;
    }
    // A new connection costs a round trip more before the question can leave.
    const trips = pageSettings().connection === 'close' ? 1.5 : 0.5;
    const delay = (lab.state.settings.rtt_ms ?? 0) * trips;
    if (delay === 0) return this.park();
    lane.setStatus(lane.received ? 're-arming' : 'asking');
    this.timer = setTimeout(() => this.park(), delay);
  }

  park() {
    this.lane.setStatus('parked');
  }

  /** Takes an answer and asks the next question: at once where polls are held, else at the next interval. */
  answered(asked, content) {
    const { lane } = this;
    clearTimeout(this.timer);
    const before = lane.received;
    lane.answered(asked, content);
    const took = (lab.now() - asked) / 1e6;
    const isIdle = lane.received === before && took < leastPause;
    const delay = this.isHeld
      ? (isIdle ? leastPause : 0)
      : Math.max(pageSettings().poll_ms - took, 0);
    if (delay === 0) return this.ask();
    lane.setStatus('waiting', performance.now() + delay);
    this.timer = setTimeout(() => this.ask(), delay);
  }
}

/** Polls by `fetch`. */
export class FetchPolling extends Polling {
  controller = null;

  abandon() {
    this.controller?.abort();
  }

  async ask() {
    const { lane } = this;
    const { signal } = (this.controller = new AbortController());
    const asked = lab.now();
    this.asking();
    let content;
    try {
      const answer = await fetch(lane.url(this.extra), {
        cache: 'no-store', signal, credentials: sendsCookies() ? 'include' : 'omit',
      });
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      content = answer.status === 204 ? null : await answer.json();
    } catch (error) {
      clearTimeout(this.timer);
      if (!signal.aborted) lane.broke(error.message);
      return;
    }
    if (!signal.aborted) this.answered(asked, content);
  }
}

/** Polls by script elements: the answer is a script that calls the function which the question names. */
export class ScriptPolling extends Polling {
  static #number = 0;
  current = null;
  abandoned = 0;

  /** A script that is loading cannot be stopped: its call comes one day, and finds nobody at home. */
  abandon() {
    if (!this.current) return;
    this.current.isAbandoned = true;
    this.current = null;
    this.abandoned += 1;
  }

  ask() {
    if (this.abandoned >= abandonedLimit) {
      // The browser's connections to the host are used up by polls that cannot be taken back.
      this.timer = setTimeout(() => this.ask(), 500);
      return;
    }
    const { lane } = this;
    const name = `push${(ScriptPolling.#number += 1)}`;
    const poll = { isAbandoned: false, isAnswered: false };
    const asked = lab.now();
    const script = document.createElement('script');
    const done = (isBroken) => {
      script.remove();
      delete globalThis[name];
      if (poll.isAbandoned) {
        this.abandoned -= 1;
      } else if (isBroken || !poll.isAnswered) {
        this.current = null;
        clearTimeout(this.timer);
        lane.broke();
      }
    };
    globalThis[name] = (content) => {
      if (poll.isAbandoned) return;
      poll.isAnswered = true;
      this.current = null;
      this.answered(asked, content);
    };
    script.async = true;
    script.src = lane.url({ callback: name, ...this.extra });
    script.onload = () => done(false);
    script.onerror = () => done(true);
    this.current = poll;
    this.asking();
    document.head.append(script);
  }
}
