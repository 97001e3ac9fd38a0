// The law of a technique under the present settings, beside what this page measures of it.

import { make } from './dom.js';
import { bytes as byteText, count, digits, ms, t } from './i18n.js';

/** Fewer deliveries than this say little about a distribution; a verdict waits for them. */
const enough = 20;

/** Mean, spread and quantiles of latencies in milliseconds. */
export function summary(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  if (!n) return { n: 0 };
  const mean = sorted.reduce((sum, value) => sum + value, 0) / n;
  const variance = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(n - 1, 1);
  const at = (share) => sorted[Math.min(n - 1, Math.ceil(share * n) - 1)];
  return { n, mean, deviation: Math.sqrt(variance), p50: at(0.5), p99: at(0.99), max: sorted[n - 1] };
}

/**
 * What the page has measured of a lane since its settings changed: latencies of its events, and the
 * server's counts less what they were then.
 */
export function measure(lane, observed, baseline, since) {
  const latencies = [...lane.events]
    .filter((event) => !event.replayed && event.t >= since)
    .map((event) => (event.at - event.t) / 1e6);
  const total = (counts) => Object.values(counts ?? {}).reduce((sum, value) => sum + value, 0);
  const events = (observed?.events ?? 0) - (baseline?.events ?? 0);
  const per = (now, then) => (events > 0 && now >= then ? (now - then) / events : null);
  const answered = [...lane.exchanges].map((exchange) => exchange.answered)
    .filter((time) => time >= since);
  return {
    ...summary(latencies), events,
    requests: per(observed?.requests ?? 0, baseline?.requests ?? 0),
    up: per(total(observed?.up), total(baseline?.up)),
    down: per(total(observed?.down), total(baseline?.down)),
    gap: answered.length > 1
      ? Math.min(...answered.slice(1).map((time, i) => time - answered[i])) / 1e6 : null,
  };
}

/**
 * What can be said of the mean: two standard errors, the clock's error, the link's jitter, and 2 ms
 * or 3 % for what a browser adds (a task of its event loop, a timer's delay) and no law knows.
 */
export function verdict(law, measured, clockError) {
  const mean = law?.latency_ns?.mean;
  if (mean == null) return { key: 'law.verdict.none', values: {} };
  if (measured.n < enough) {
    return { key: 'law.verdict.few', values: { n: measured.n, enough } };
  }
  const error = (2 * measured.deviation) / Math.sqrt(measured.n);
  const difference = measured.mean - mean / 1e6;
  const allowed = error + clockError + (law.slack_ns ?? 0) / 1e6 + Math.max(2, 0.03 * (mean / 1e6));
  const values = {
    difference: ms(Math.abs(difference)), n: count(measured.n), allowed: ms(allowed),
    clock: ms(clockError),
  };
  if (Math.abs(difference) <= allowed) return { key: 'law.verdict.agrees', values, good: true };
  return { key: difference > 0 ? 'law.verdict.above' : 'law.verdict.below', values, good: false };
}

/** A row of the table: what the law says, what is measured. */
function row(key, theory, measured) {
  return make(
    'tr', {}, make('th', { scope: 'row' }, t(key)), make('td', {}, theory), make('td', {}, measured));
}

const time = (nanoseconds) => (nanoseconds == null ? '–' : ms(nanoseconds / 1e6));
const total = (counts) => counts?.total ?? null;

/** The law in its formula, the table and the verdict. `law` is null while it is being asked for. */
export function lawFigure({ law, measured, clockError, seconds }) {
  const said = verdict(law, measured, clockError);
  const column = (key, values) => make('th', { scope: 'col' }, t(key, values));
  return [
    make('p', { className: 'formula' }, make('code', {}, law?.law ?? '…')),
    make('p', { className: 'quiet' }, t('law.symbols')),
    law?.conditions && make('p', { className: 'quiet', lang: 'en' }, law.conditions),
    ...Object.values(law?.exclusions ?? {}).map(
      (reason) => make('p', { className: 'quiet', lang: 'en' }, reason)),
    make(
      'table', { className: 'law' },
      make('caption', { className: 'visually-hidden' }, t('law.caption')),
      make('thead', {}, make(
        'tr', {}, make('th', { scope: 'col' }, t('law.figure')), column('law.theory'),
        column('law.measured'))),
      make(
        'tbody', {},
        row('law.mean', time(law?.latency_ns?.mean), ms(measured.mean)),
        row('law.p50', time(law?.latency_ns?.p50), ms(measured.p50)),
        row('law.p99', time(law?.latency_ns?.p99), measured.n >= 100 ? ms(measured.p99) : '–'),
        row('law.max', time(law?.latency_ns?.max), ms(measured.max)),
        row('law.gap', time(law?.gap_ns), ms(measured.gap)),
        row('law.requests', digits(law?.requests_per_event), digits(measured.requests)),
        row('law.up', byteText(total(law?.bytes_per_event?.up)), byteText(measured.up)),
        row('law.down', byteText(total(law?.bytes_per_event?.down)), byteText(measured.down)))),
    make('p', { className: `verdict ${said.good === false ? 'off' : ''}` }, t(said.key, said.values)),
    make('p', { className: 'quiet' }, t('law.note', {
      n: count(measured.n), seconds: digits(seconds), clock: ms(clockError) })),
  ];
}
