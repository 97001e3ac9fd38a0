// The page between the lab and a forever iframe. It is of the lane's origin, as the stream is, so that
// the stream's scripts may call `parent.push`; what they say is posted to the lab.

const page = new URL(location.hash.slice(1));
let stream = 0;
let frame = null;

/** Opens a new stream in place of the old: with the frame, its document's memory goes. */
function open({ stream: number, url }) {
  frame?.remove();
  stream = number;
  frame = document.createElement('iframe');
  frame.src = new URL(url, location.origin).pathname + new URL(url, location.origin).search;
  frame.onload = () => tell({ ended: true });
  document.body.append(frame);
}

function tell(message) {
  parent.postMessage({ stream, ...message }, page.origin);
}

// Only a page of this host has business here: its port may be another.
if (page.hostname === location.hostname) {
  globalThis.push = (message) => tell({ message });
  addEventListener('message', ({ source, origin, data }) => {
    if (source !== parent || origin !== page.origin) return;
    if (data.stop) {
      frame?.remove();
      frame = null;
    } else {
      open(data);
    }
  });
  addEventListener('DOMContentLoaded', () => tell({ ready: true }));
}
