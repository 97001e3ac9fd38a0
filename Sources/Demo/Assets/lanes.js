// The seven lanes, each by the browser's real means.

import { lab } from './lab.js';
import { Lane } from './lane.js';
import { FetchPolling, ScriptPolling } from './lane-polling.js';
import { EventStream, ForeverFrame, LineStream, Socket } from './lane-streams.js';

/** How each technique is done. */
const links = {
  'short-polling': (lane) => new FetchPolling(lane, { isHeld: false }),
  'long-polling': (lane) => new FetchPolling(lane, { isHeld: true }),
  'jsonp-polling': (lane) => new ScriptPolling(lane, { isHeld: true }),
  'http-streaming': (lane) => new LineStream(lane),
  'forever-iframe': (lane) => new ForeverFrame(lane),
  sse: (lane) => new EventStream(lane),
  websocket: (lane) => new Socket(lane),
};

/** A lane's watch for silence looks this often, in milliseconds. */
const watchInterval = 250;

/** Every lane by its technique, in the order of the server. */
export const lanes = new Map();

/** Makes a lane for each technique of the server that a browser can do. */
export function makeLanes() {
  for (const description of lab.state.lanes) {
    const makeLink = links[description.technique];
    if (makeLink) lanes.set(description.technique, new Lane(description, makeLink));
  }
}

/** Opens all lanes. */
export function startLanes() {
  // A step of the tour in the address has paused some before they began.
  for (const lane of lanes.values()) if (!lane.isPaused) lane.start();
  setInterval(() => {
    for (const lane of lanes.values()) lane.watch();
  }, watchInterval);
}
