// The way between a page and its room: four techniques, tried from the best one down, one cursor and
// one queue of what is to be sent. Whatever breaks, the next connection goes on at the cursor, so that
// nothing is missed or shown twice; and a message that was not confirmed is sent again under its
// number, by which the server knows it.

/** The techniques, best first: how a page hears, and how it speaks. */
export const ways = [
  { id: 'websocket', speaks: 'frame', connect: viaWebSocket },
  { id: 'sse', speaks: 'post', connect: viaEventSource },
  { id: 'long-polling', speaks: 'post', connect: viaLongPolling },
  { id: 'jsonp-polling', speaks: 'script', connect: viaScripts },
];

// A poll is held for 25 s; one that is not answered long after that is lost.
const pollLimit = 40_000;
// What is not confirmed or opened in this time is tried again: several round trips by satellite.
const patience = 5_000;
// How often a silent WebSocket is asked whether anybody is there: a page is not shown pings.
const askInterval = 10_000;

/** An answer of the room that says no; `refusal` has `code`, `error`, `remedy` and perhaps `retry_s`. */
export class Refused extends Error {
  constructor(refusal) {
    super(refusal.error);
    this.refusal = refusal;
  }
}

/** Posts an order and returns what is answered; throws `Refused`, or what fetch throws. */
export async function post(path, order) {
  const answer = await fetch(path, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(order),
    signal: AbortSignal.timeout(patience * 2),
  });
  const content = answer.status === 204 ? {} : await answer.json();
  if (!answer.ok) throw new Refused(content);
  return content;
}

/**
 * A link. Dispatches `event` (detail: the event, once each and in order), `lost` (detail: how many
 * events are not retained any more), `restarted` (the server has forgotten everything), `change`
 * (way, state or figures have changed).
 */
export class RoomLink extends EventTarget {
  /** `connecting`, `open`, `waiting` for the next attempt, or `closed`. */
  state = 'closed';
  cursor = 0;
  received = 0;
  lost = 0;
  /** Events that came again after a reconnect, which are not shown. */
  repeated = 0;
  reconnects = 0;
  /** What was sent, by `frame`, `post` and `script`: `messages`, `up`, `down` and `text` bytes. */
  costs = {};
  /** The best way that may be used: 0, unless somebody pretends that the browser is older. */
  top = 0;
  #session = '';
  #rung = 0;
  #proven = new Set();
  #failures = 0;
  #attempts = 0;
  #connection = null;
  #timer = 0;
  #queue = [];
  #reference = 0;
  #isSending = false;

  get way() {
    return ways[this.#rung];
  }

  /** Messages that are not confirmed yet. */
  get unsent() {
    return this.#queue.length;
  }

  /** Begins to listen after `cursor` under `session`. */
  open(session, cursor) {
    this.#session = session;
    this.cursor = cursor;
    this.#connect(this.top);
  }

  /** Goes on under another session, after the room has forgotten the one before. */
  renew(session, cursor) {
    this.#session = session;
    this.cursor = cursor;
    this.#connect(this.#rung);
  }

  close() {
    this.#drop();
    this.#set('closed');
  }

  /** Uses the way `top` and those below it, as if the browser had no better one. */
  pretend(top) {
    this.top = top;
    if (this.state !== 'closed') this.#connect(top);
  }

  /** Sends a message, and returns its receipt once the room has it; throws `Refused`. */
  say(text, image) {
    return new Promise((resolve, reject) => {
      this.#queue.push({ text, image, ref: ++this.#reference, resolve, reject });
      this.#send();
      this.#changed();
    });
  }

  /** The address of a technique's endpoint, from the cursor on. */
  address(technique) {
    return `/events/${technique}?session=${this.#session}&since=${this.cursor}`;
  }

  // Connections

  #connect(rung) {
    this.#drop();
    this.#rung = rung;
    this.#set('connecting');
    const connection = {};
    const current = (act) => (value) => {
      if (this.#connection === connection) act(value);
    };
    this.#connection = connection;
    Object.assign(connection, this.way.connect(this, {
      open: current(() => this.#opened()),
      message: current((message) => this.#take(message)),
      broken: current(() => this.#broken()),
    }));
  }

  #drop() {
    clearTimeout(this.#timer);
    const connection = this.#connection;
    this.#connection = null;
    connection?.close?.();
  }

  #opened() {
    if (this.state === 'open') return;
    this.#proven.add(this.#rung);
    this.#failures = 0;
    this.#set('open');
    this.#send();
  }

  /** Tries again, later each time; a way that has never worked is left for the next one. */
  #broken() {
    if (this.state === 'open') this.#attempts = 0;
    this.#drop();
    this.reconnects += 1;
    this.#attempts += 1;
    this.#failures += 1;
    let rung = this.#rung;
    if (this.#failures >= 2 && !this.#proven.has(rung)) {
      // The next way is tried soon; when none has worked, there is time.
      const isLast = rung + 1 === ways.length;
      rung = isLast ? this.top : rung + 1;
      this.#failures = 0;
      this.#attempts = isLast ? 4 : 0;
    }
    this.#set('waiting');
    const wait = Math.min(250 * 2 ** (this.#attempts - 1), 5_000) * (.75 + Math.random() / 2);
    this.#timer = setTimeout(() => this.#connect(rung), wait);
  }

  /** Tries again at once: the network has come back. */
  hurry() {
    if (this.state === 'waiting') this.#connect(this.#rung);
  }

  // What arrives

  /** Takes an event, a notice of where the stream stands, or a batch of polling. */
  #take(message) {
    this.#opened();
    if (message.id) return this.#deliver(message);
    // A cursor before ours is one of another life of the server.
    if (message.cursor < this.cursor) return this.restarted();
    if (message.lost) this.#lose(message.lost);
    if (message.events) message.events.forEach((event) => this.#deliver(event));
    this.cursor = message.cursor;
  }

  #deliver(event) {
    if (event.id <= this.cursor) {
      this.repeated += 1;
      return this.#changed();
    }
    if (event.id > this.cursor + 1) this.#lose(event.id - this.cursor - 1);
    this.cursor = event.id;
    this.received += 1;
    this.dispatchEvent(new CustomEvent('event', { detail: event }));
  }

  #lose(count) {
    this.lost += count;
    this.dispatchEvent(new CustomEvent('lost', { detail: count }));
  }

  restarted() {
    this.#drop();
    this.#set('waiting');
    this.dispatchEvent(new Event('restarted'));
  }

  // What is sent

  async #send() {
    if (this.#isSending || this.state !== 'open' || this.#queue.length === 0) return;
    this.#isSending = true;
    const message = this.#queue[0];
    try {
      const { receipt, by } = await this.#deliverOwn(message);
      this.#queue.shift();
      this.#count(by, message, receipt);
      message.resolve(receipt);
    } catch (error) {
      if (error instanceof Refused) {
        this.#queue.shift();
        message.reject(error);
      } else {
        // Nobody knows whether it arrived: it stays the first, and is sent again as the same one.
        await new Promise((done) => setTimeout(done, 500));
      }
    }
    this.#isSending = false;
    this.#changed();
    this.#send();
  }

  async #deliverOwn({ text, image, ref }) {
    if (image || this.way.speaks === 'post') {
      const answer = await post('/room/say', { session: this.#session, text, ref, image });
      return { receipt: answer.receipt, by: image ? null : 'post' };
    }
    const by = this.way.speaks;
    const answer = by === 'frame'
      ? await this.#connection.say(text, ref)
      : await script('/room/say.js?' + new URLSearchParams({ session: this.#session, text, ref }));
    if (answer.refused) throw new Refused(answer.refused);
    return { receipt: answer.receipt, by };
  }

  #count(by, { text }, { up, down }) {
    if (!by) return;
    const cost = this.costs[by] ??= { messages: 0, up: 0, down: 0, text: 0 };
    cost.messages += 1;
    cost.up += up;
    cost.down += down;
    cost.text += new TextEncoder().encode(text).length;
  }

  #set(state) {
    this.state = state;
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }
}

/** One socket, both ways. */
function viaWebSocket(link, on) {
  const socket = new WebSocket(location.origin.replace('http', 'ws') + link.address('websocket'));
  let waiting = null;
  let asked = 0;
  let watch = setTimeout(broken, patience);
  function broken() {
    clearInterval(watch);
    waiting?.reject(new Error('the connection broke'));
    on.broken();
  }
  socket.onopen = () => {
    clearTimeout(watch);
    watch = setInterval(() => {
      if (asked) return broken();
      socket.send(JSON.stringify({ there: asked = 1 }));
    }, askInterval);
  };
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    asked = 0;
    if (message.receipt || message.refused) waiting?.resolve(message);
    else if (!('there' in message)) on.message(message);
  };
  socket.onclose = broken;
  return {
    say: (text, ref) => new Promise((resolve, reject) => {
      waiting = { resolve, reject };
      socket.send(JSON.stringify({ say: text, ref }));
      setTimeout(() => reject(new Error('not confirmed')), patience);
    }).finally(() => waiting = null),
    close: () => {
      clearInterval(watch);
      waiting?.reject(new Error('the connection was closed'));
      socket.onclose = null;
      socket.close();
    },
  };
}

/** A stream that the browser reads, and resumes with Last-Event-ID when it breaks. */
function viaEventSource(link, on) {
  const source = new EventSource(link.address('sse'));
  let failures = 1;
  source.onopen = () => {
    failures = 0;
    on.open();
    compare(link);
  };
  source.onmessage = ({ data }) => on.message(JSON.parse(data));
  source.addEventListener('lost', ({ data }) => on.message(JSON.parse(data)));
  source.onerror = () => {
    failures += 1;
    // The browser tries a stream that broke again by itself, but it does so for ever.
    if (source.readyState === EventSource.CLOSED || failures >= 2) on.broken();
  };
  return { close: () => source.close() };
}

/** A stream says nothing of a server that began anew; its newest event does. */
async function compare(link) {
  const before = link.cursor;
  const state = await fetch('/room/state').then((answer) => answer.json()).catch(() => null);
  if (state && state.cursor < before && link.state === 'open') link.restarted();
}

/** A question that the server holds until there is something, and the next one. */
function viaLongPolling(link, on) {
  const leaving = new AbortController();
  // A question that is held says nothing: it counts as heard when it was not refused for a while.
  const held = setTimeout(on.open, 400);
  (async () => {
    try {
      while (!leaving.signal.aborted) {
        const answer = await fetch(link.address('long-polling'), {
          cache: 'no-store',
          signal: AbortSignal.any([leaving.signal, AbortSignal.timeout(pollLimit)]),
        });
        if (!answer.ok) throw new Error(`answered ${answer.status}`);
        if (answer.status === 204) on.open();
        else on.message(await answer.json());
      }
    } catch {
      clearTimeout(held);
      on.broken();
    }
  })();
  return {
    close: () => {
      clearTimeout(held);
      leaving.abort();
    },
  };
}

/** The same with script elements, for a browser that can load from elsewhere in no other way. */
function viaScripts(link, on) {
  let isClosed = false;
  const held = setTimeout(on.open, 400);
  (async () => {
    try {
      while (!isClosed) on.message(await script(link.address('jsonp-polling'), pollLimit));
    } catch {
      clearTimeout(held);
      on.broken();
    }
  })();
  return {
    close: () => {
      isClosed = true;
      clearTimeout(held);
    },
  };
}

let scripts = 0;

/** Loads a script that calls back with what it has to say. */
function script(address, limit = patience) {
  return new Promise((resolve, reject) => {
    const name = `room_${scripts += 1}`;
    const element = document.createElement('script');
    const finish = (act, value) => {
      clearTimeout(timer);
      // A script that comes late finds its function gone, and must not fail for that.
      window[name] = () => {};
      element.remove();
      act(value);
    };
    const timer = setTimeout(() => finish(reject, new Error('not answered')), limit);
    window[name] = (value) => finish(resolve, value);
    element.onerror = () => finish(reject, new Error('not loaded'));
    element.src = `${address}&callback=${name}`;
    document.head.append(element);
  });
}
