// What the client says: the same text by a WebSocket frame and by a POST, and what each costs.

import { lab } from './lab.js';
import { lanes } from './lanes.js';

/** What is sent: short, as most of what people and games say is. */
const text = 'Is anybody there?';

/** How long the server's view is waited for; it is asked for twice a second. */
const patience = 3000;

/**
 * Sends the text by `frame` or by `post`, and resolves to `{up, down, text}` in bytes as the server
 * counted them; null where it cannot be sent now.
 */
export async function sendBothWays(way) {
  const sent = new TextEncoder().encode(text).length;
  const cost = way === 'frame' ? await byFrame() : await byPost();
  return cost && { ...cost, text: sent };
}

/** A masked text frame on the lane's own connection; nothing comes back. */
async function byFrame() {
  const from = lab.now();
  if (!lanes.get('websocket')?.send?.(text)) return null;
  return new Promise((resolve) => {
    const end = (cost) => {
      lab.removeEventListener('observed', look);
      resolve(cost);
    };
    const look = (event) => {
      const exchange = (event.detail ?? lab.observed)?.lanes?.websocket?.exchange ?? [];
      const frame = exchange.findLast((message) => message.way === 'up'
        && message.at_ns >= from - 1e6 && message.runs.some(([name]) => name === 'payload'));
      if (frame) end({ up: frame.count, down: 0 });
    };
    lab.addEventListener('observed', look);
    setTimeout(() => end(null), patience);
  });
}

/** A request of its own; the server says what the request and its answer were on the wire. */
async function byPost() {
  const answer = await fetch('/lab/echo', {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ text }),
  });
  if (!answer.ok) return null;
  const { up, down } = await answer.json();
  return { up, down };
}
