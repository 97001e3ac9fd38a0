// The page's measurements as a run record: the server writes it in its own schema, so that
// `pushbench report` reads it as it reads a run of the load generator.

import { pageSettings } from './settings.js';
import { make } from './dom.js';
import { count, t } from './i18n.js';
import { lab } from './lab.js';
import { lanes } from './lanes.js';

/** What one lane has measured: counts, and the latency of each delivery that the page still has. */
function laneRecord(lane) {
  const latencies = [...lane.events]
    .filter((event) => !event.replayed)
    .map((event) => Math.max(0, Math.round(event.at - event.t)));
  return {
    technique: lane.id,
    connection: pageSettings().connection ?? 'keep-alive',
    requests: lane.requests, received: lane.received, lost: lane.lost,
    duplicate: lane.duplicate, reordered: lane.reordered,
    latencies_ns: latencies,
    first_event_ns: lane.firstEventMs == null ? null : Math.round(lane.firstEventMs * 1e6),
  };
}

/** Sends the measurements and resolves to the record, as the server writes it. */
export async function record() {
  const answer = await fetch('/lab/record', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      page: lab.page, user_agent: navigator.userAgent,
      clock_error_ns: Math.round(lab.clock?.error ?? 0),
      poll_ms: pageSettings().poll_ms, measured_ns: Math.round(performance.now() * 1e6),
      lanes: [...lanes.values()].filter((lane) => lane.received > 0).map(laneRecord),
    }),
  });
  if (!answer.ok) {
    const refusal = await answer.json().catch(() => ({}));
    throw new Error([refusal.error ?? `HTTP ${answer.status}`, refusal.remedy].filter(Boolean).join(' '));
  }
  return answer.blob();
}

/** The file's name says when: `pushbench-page-2026-11-21-1405.json`. */
function fileName() {
  const now = new Date();
  const two = (value) => String(value).padStart(2, '0');
  return `pushbench-page-${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
    + `-${two(now.getHours())}${two(now.getMinutes())}.json`;
}

/** Saves the record as a file and says so in `status`. */
async function save(status) {
  try {
    const deliveries = [...lanes.values()].reduce((sum, lane) => sum + lane.received, 0);
    const blob = await record();
    const name = fileName();
    const link = make('a', { href: URL.createObjectURL(blob), download: name });
    link.click();
    // The download has its own hold on the data by then.
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    status.replaceChildren(
      t('record.saved', { name, deliveries: count(deliveries) }), ' ',
      make('code', {}, `pushbench report ${name}`));
  } catch (error) {
    status.textContent = t('record.failed', { reason: error.message });
  }
}

/** Fills `container` with the button and the line that says what it saved. */
export function showExport(container) {
  const status = make('p', { role: 'status', className: 'quiet' });
  container.append(
    make('p', { className: 'quiet', 'data-t': 'record.what' }),
    make('button', {
      type: 'button', id: 'export', 'data-t': 'record.save', onclick: () => save(status),
    }),
    status);
}
