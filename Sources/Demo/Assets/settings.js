// The settings that are this page's own; the server's are in `lab.state.settings`.

/** What a page begins with. A lane gives up after `give_up_ms` of silence while events are due; 0 is never. */
const settings = { poll_ms: 500, connection: 'keep-alive', header: 'minimal', give_up_ms: 3000 };

/** Bytes that each weight of the header adds as a cookie. Cookies are per host, not per port. */
const cookieBytes = { minimal: 0, browser: 300, cookie: 2048 };

/** The page's settings now. */
export function pageSettings() {
  return settings;
}

/** Takes what is valid of `changes`, and says whether anything changed. */
export function changePageSettings(changes) {
  const before = JSON.stringify(settings);
  if (changes.poll_ms > 0) settings.poll_ms = Math.min(Math.max(Math.round(changes.poll_ms), 20), 60000);
  if (changes.give_up_ms >= 0) settings.give_up_ms = Math.min(Math.round(changes.give_up_ms), 120000);
  if (['keep-alive', 'close'].includes(changes.connection)) settings.connection = changes.connection;
  if (changes.header in cookieBytes) {
    settings.header = changes.header;
    weighHeaders();
  }
  return JSON.stringify(settings) !== before;
}

/** Whether requests to the lanes carry cookies. */
export function sendsCookies() {
  return cookieBytes[settings.header] > 0;
}

/**
 * Sets the cookie and whether requests say which page they come from. The cookie's path keeps it off
 * the page's own orders.
 */
export function weighHeaders() {
  const value = 'x'.repeat(Math.max(cookieBytes[settings.header] - 'pushbench='.length, 0));
  const age = value ? 86400 : 0;
  document.cookie = `pushbench=${value}; path=/events; max-age=${age}; SameSite=Lax`;
  const policy = sendsCookies() ? 'strict-origin-when-cross-origin' : 'no-referrer';
  document.querySelector('meta[name="referrer"]').content = policy;
}
