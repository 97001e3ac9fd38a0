// The slide: the lanes that are running and their figures, large and without controls, for a
// projector, a screenshot or a print. `#slide` shows it, with a tour's step as its title.

import { make } from './dom.js';
import { fragment, setFragment } from './fragment.js';
import { lab } from './lab.js';

const slide = { view: null, content: null };

/** Follows the button `#slide` and the fragment. */
export function startSlide() {
  document.getElementById('slide')?.addEventListener('click', () => setFragment('slide', ''));
  addEventListener('hashchange', follow);
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && slide.view) leave();
  });
  document.addEventListener('languagechange', render);
  lab.addEventListener('observed', render);
  follow();
}

function leave() {
  setFragment('slide', null);
  document.getElementById('slide')?.focus();
}

async function follow() {
  slide.content ??= fragment().has('slide') ? await import('./slide-view.js') : null;
  const isWanted = fragment().has('slide');
  if (isWanted && !slide.view) {
    slide.view = make('main', { id: 'slide-view', tabIndex: -1, 'aria-labelledby': 'slide-title' });
    document.documentElement.classList.add('slide');
    document.body.append(slide.view);
    slide.view.focus({ preventScroll: true });
  } else if (!isWanted && slide.view) {
    document.documentElement.classList.remove('slide');
    slide.view.remove();
    slide.view = null;
  }
  render();
}

function render() {
  if (slide.view) slide.content.render(slide.view, leave);
}
