// The part of the address after `#`, as `tour=3&slide`: what can be linked to.

/** The fragment's parts by name; a part without a value has the empty one. */
export function fragment() {
  return new URLSearchParams(location.hash.slice(1));
}

/** Sets a part, or takes it away with null, as one step in the browser's history. */
export function setFragment(name, value) {
  const parts = fragment();
  if (value === null) parts.delete(name);
  else parts.set(name, value);
  const text = [...parts].map(([key, part]) => (part === '' ? key : `${key}=${part}`)).join('&');
  if (text === location.hash.slice(1)) return;
  history.pushState(null, '', text ? `#${text}` : location.pathname + location.search);
  dispatchEvent(new Event('hashchange'));
}
