// Words that are explained at the end of the page: the first time that one stands in the text, it says what it means.
(() => {
  'use strict';
  const WHERE = 'h2, th, td:first-child, main > p, li, figcaption span, .told dt, .told dd, .finding p';
  const NEVER = 'code, pre, tr.heading, a, button, nav, summary, script, svg, .terms, .icicle, .hover, h2#what-the-words-mean';
  const meanings = new Map();
  for (const term of document.querySelectorAll('.terms dt')) {
    for (const name of term.dataset.names.split('|')) meanings.set(name.toLowerCase(), term);
  }
  if (!meanings.size) return;
  const names = [...meanings.keys()].sort((a, b) => b.length - a.length);
  const escaped = names.map((name) => name.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'));
  const words = new RegExp(`(?<![\\p{L}\\d_/.-]|::)(?:${escaped.join('|')})(?![\\p{L}\\d_/-]|\\.\\p{L}|::| \\()`, 'giu');

  const told = new Set();
  const mark = (text) => {
    const parts = [];
    let from = 0;
    for (const found of text.data.matchAll(words)) {
      const term = meanings.get(found[0].toLowerCase());
      if (told.has(term)) continue;
      told.add(term);
      const link = document.createElement('a');
      link.className = 'term';
      link.href = `#${term.id}`;
      link.textContent = found[0];
      parts.push(text.data.slice(from, found.index), link);
      from = found.index + found[0].length;
    }
    if (parts.length) text.replaceWith(...parts, text.data.slice(from));
  };
  for (const place of document.querySelectorAll(WHERE)) {
    if (told.size === meanings.size) break;
    if (place.closest(NEVER)) continue;
    const walk = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walk.nextNode()) if (!walk.currentNode.parentElement.closest(NEVER)) texts.push(walk.currentNode);
    texts.forEach(mark);
  }

  const tip = document.createElement('div');
  tip.id = 'tip';
  tip.setAttribute('role', 'tooltip');
  tip.hidden = true;
  document.querySelector('main').append(tip);
  let of = null;
  const hide = () => { if (of) of.removeAttribute('aria-describedby'); of = null; tip.hidden = true; };
  const show = (event) => {
    const link = event.target.closest && event.target.closest('a.term');
    if (!link || link === of) return;
    hide();
    of = link;
    tip.textContent = document.querySelector(link.getAttribute('href')).nextElementSibling.textContent;
    link.setAttribute('aria-describedby', 'tip');
    tip.hidden = false;
    const at = link.getBoundingClientRect();
    const left = Math.min(at.left, document.documentElement.clientWidth - tip.offsetWidth - 12);
    const isBelow = at.bottom + tip.offsetHeight + 8 < innerHeight;
    tip.style.left = `${Math.max(8, left) + scrollX}px`;
    tip.style.top = `${(isBelow ? at.bottom + 6 : at.top - tip.offsetHeight - 6) + scrollY}px`;
  };
  document.addEventListener('mouseover', show);
  document.addEventListener('focusin', show);
  document.addEventListener('mouseout', (event) => { if (of && event.target === of && !tip.contains(event.relatedTarget)) hide(); });
  tip.addEventListener('mouseleave', hide);
  document.addEventListener('focusout', hide);
  document.addEventListener('keydown', (event) => { if (event.key === 'Escape') hide(); });
})();
