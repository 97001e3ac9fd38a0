// Making elements: text is set as text, never as markup.

/**
 * An element with properties and children. Keys with a dash, `role` and `for` become attributes,
 * `on…` listeners, everything else properties; null and false children are left out.
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (value == null) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (/-|^role$|^for$|^scope$/.test(key)) element.setAttribute(key, value);
    else element[key] = value;
  }
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

/** An SVG element with attributes and children. */
export function draw(tag, attributes = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (value != null) element.setAttribute(key, value);
  }
  element.append(...children.flat());
  return element;
}
