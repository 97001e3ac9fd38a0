// Answers that do not end, as browsers read them: by `fetch`, `EventSource`, `WebSocket`, and a frame.

import { sendsCookies } from './settings.js';

/** A line or message longer than this is not ours: nothing that a server sends may fill the memory. */
const lineLimit = 8 << 20;

/** HTTP streaming: one line an event, read from the body while it comes. */
export class LineStream {
  #controller = null;

  constructor(lane) {
    this.lane = lane;
  }

  stop() {
    this.#controller?.abort();
  }

  async start() {
    const { lane } = this;
    const { signal } = (this.#controller = new AbortController());
    lane.requests += 1;
    lane.setStatus('connecting');
    try {
      const answer = await fetch(lane.url(), {
        cache: 'no-store', signal, credentials: sendsCookies() ? 'include' : 'omit',
      });
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      lane.opened();
      await this.#read(answer.body.getReader());
    } catch (error) {
      if (!signal.aborted) lane.broke(error.message);
      return;
    }
    if (!signal.aborted) lane.ended();
  }

  async #read(reader) {
    const decoder = new TextDecoder();
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      // An empty line is a heartbeat; only here can a page see one.
      this.lane.heard();
      const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
      rest = lines.pop();
      if (rest.length > lineLimit) throw new Error(`> ${lineLimit} B`);
      for (const line of lines) if (line) this.lane.take(JSON.parse(line));
    }
  }
}

/** Server-sent events: the browser reads the stream, and asks again by itself when it ends. */
export class EventStream {
  #source = null;

  constructor(lane) {
    this.lane = lane;
  }

  stop() {
    this.#source?.close();
  }

  start() {
    const { lane } = this;
    this.stop();
    lane.requests += 1;
    lane.setStatus('connecting');
    const source = new EventSource(lane.url(), { withCredentials: sendsCookies() });
    this.#source = source;
    source.onopen = () => lane.opened();
    source.onmessage = ({ data }) => lane.take(JSON.parse(data));
    source.addEventListener('lost', ({ data }) => lane.take(JSON.parse(data)));
    source.onerror = () => {
      if (source.readyState === EventSource.CONNECTING) lane.asksAgain();
      else if (this.#source === source) lane.broke();
    };
  }
}

/** WebSocket: one handshake, then messages. */
export class Socket {
  #socket = null;

  constructor(lane) {
    this.lane = lane;
  }

  stop() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  send(text) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(text);
    return true;
  }

  start() {
    const { lane } = this;
    this.stop();
    lane.requests += 1;
    lane.setStatus('connecting');
    const socket = new WebSocket(lane.url().replace(/^http/, 'ws'));
    this.#socket = socket;
    socket.onopen = () => { if (socket === this.#socket) lane.opened(); };
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket) lane.take(JSON.parse(data));
    };
    socket.onclose = ({ code, reason }) => {
      if (socket === this.#socket) lane.broke(`${code} ${reason}`.trim());
    };
  }
}

/**
 * Forever iframe: the events are scripts of a page that never finishes loading. Its scripts call
 * `parent.push`, and a parent must be of the same origin; so a small page of the lane's own origin
 * stands between, and hands every message on (see frame.js).
 */
export class ForeverFrame {
  #frame = null;
  #isReady = false;
  #isWanted = false;
  /** The number of the present stream; what an older one still says is not heard. */
  #stream = 0;
  #hasSpoken = false;

  constructor(lane) {
    this.lane = lane;
    addEventListener('message', (event) => this.#receive(event));
  }

  stop() {
    this.#isWanted = false;
    this.#stream += 1;
    this.#post({ stop: true });
  }

  start() {
    this.#isWanted = true;
    this.lane.setStatus('connecting');
    if (this.#isReady) this.#open();
    else this.#load();
  }

  /** The page between: loaded once, and again as long as it does not come. */
  #load() {
    this.#frame?.remove();
    const frame = document.createElement('iframe');
    frame.hidden = true;
    frame.title = this.lane.title;
    frame.src = `${this.lane.origin}/frame.html#${location.origin}`;
    this.#frame = frame;
    document.body.append(frame);
  }

  #open() {
    this.lane.requests += 1;
    this.#stream += 1;
    this.#hasSpoken = false;
    this.#post({ stream: this.#stream, url: `${this.lane.path}?${this.lane.query()}` });
  }

  #post(message) {
    if (this.#isReady) this.#frame.contentWindow?.postMessage(message, this.lane.origin);
  }

  #receive({ source, origin, data }) {
    if (!this.#frame || source !== this.#frame.contentWindow || origin !== this.lane.origin) return;
    if (data.ready) {
      this.#isReady = true;
      if (this.#isWanted) this.#open();
    }
    if (data.stream !== this.#stream || !this.#isWanted) return;
    if (data.message) {
      this.#hasSpoken = true;
      this.lane.take(data.message);
    }
    // A frame that ended and one that broke look alike: both have finished loading.
    if (data.ended) this.#hasSpoken ? this.lane.ended() : this.lane.broke();
  }
}
