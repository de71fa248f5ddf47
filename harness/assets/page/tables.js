// Tables: sorted by a click on a column's name, filtered by words, and of long ones so many rows at a time.
(() => {
  'use strict';
  const STEP = 200, LEAST_TO_FILTER = 5;
  const UNITS = {
    kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3, tib: 1024 ** 4, 'µs': 1e-6, ms: 1e-3, min: 60, h: 3600,
  };

  // "+1.50 KiB" is 1536 and "1 min 12 s" is 72; what is no figure comes last.
  const figure = (text) => {
    let sum = null;
    for (const [, sign, digits, unit] of text.matchAll(/([+-]?)((?:\d[\d,]*)(?:\.\d+)?(?:e-?\d+)?)\s*([a-zµ]+)?/gi)) {
      const value = Number(digits.replaceAll(',', '')) * (UNITS[(unit || '').toLowerCase()] || 1);
      if (sum !== null && !/^(min|s)$/.test(unit || '')) break;
      sum = (sum || 0) + (sign === '-' ? -value : value);
    }
    return sum;
  };

  const element = (name, properties, ...inner) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...inner);
    return made;
  };

  for (const table of document.querySelectorAll('.scroll > table')) {
    const heads = [...table.tHead.rows[0].cells];
    const isFigure = heads.map((head) => head.classList.contains('figure'));
    const row = (cells, tr) => ({ cells, tr, words: cells.join(' ').toLowerCase() });
    const groups = [...table.tBodies].map((body) => {
      const all = [...body.rows], heading = all[0] && all[0].matches('.heading') ? all.shift() : null;
      return {
        heading, title: heading ? heading.textContent.toLowerCase() : '', isWhole: body.matches('.whole'),
        rows: all.map((tr) => row([...tr.cells].map((cell) => cell.textContent), tr)),
      };
    });
    const rest = document.querySelector(`script[data-rows-of="${table.id}"]`);
    for (const { h, r } of rest ? JSON.parse(rest.textContent) : []) {
      if (h !== undefined || !groups.length) groups.push({ heading: h || null, title: (h || '').toLowerCase(), rows: [] });
      const rows = groups[groups.length - 1].rows;
      for (const cells of r) rows.push(row(cells, null));
    }
    const all = groups.reduce((sum, group) => sum + group.rows.length, 0);
    if (all < 2) continue;

    const made = (one) => {
      if (!one.tr) {
        one.tr = element('tr', {}, ...one.cells.map((text, at) =>
          element('td', { className: text.startsWith(' ') ? 'indented' : isFigure[at] ? 'figure' : '', textContent: text.trimStart() })));
      }
      return one.tr;
    };
    const headed = (group) => {
      if (typeof group.heading === 'string') {
        const head = element('th', { scope: 'rowgroup', colSpan: heads.length, textContent: group.heading });
        group.heading = element('tr', { className: 'heading' }, head);
      }
      return group.heading ? [group.heading] : [];
    };

    let column = -1, turn = 1, wanted = [], most = STEP;
    const said = element('output', {});
    const more = element('button', { type: 'button', className: 'more' });
    const key = (one) => (isFigure[column] ? figure(one.cells[column] || '') : (one.cells[column] || '').toLowerCase());
    const compare = (a, b) => {
      if (a === null || b === null) return (a === null) - (b === null);
      return turn * (typeof a === 'number' ? a - b : a.localeCompare(b, 'en', { numeric: true }));
    };

    const show = () => {
      let seen = groups.map((group) => {
        const fits = (one) => wanted.every((word) => one.words.includes(word) || group.title.includes(word));
        const rows = wanted.length ? group.rows.filter(fits) : group.rows;
        // A part of a row is no row by itself.
        return { group, rows: group.isWhole && rows.length ? group.rows : rows };
      }).filter((one) => one.rows.length);
      if (column >= 0) {
        seen = seen.map(({ group, rows }) => {
          const keyed = rows.map((one) => ({ one, key: key(one) }));
          if (!group.isWhole) keyed.sort((a, b) => compare(a.key, b.key));
          return { group, rows: keyed.map(({ one }) => one), key: keyed[0].key };
        });
        seen.sort((a, b) => compare(a.key, b.key));
      }
      const fitting = seen.reduce((sum, one) => sum + one.rows.length, 0);
      let left = most;
      const bodies = [];
      for (const { group, rows } of seen) {
        if (left <= 0) break;
        const some = rows.slice(0, left);
        left -= some.length;
        const body = element('tbody', { className: group.isWhole ? 'whole' : '' }, ...headed(group), ...some.map(made));
        bodies.push(body);
      }
      for (const body of [...table.tBodies]) body.remove();
      table.tHead.after(...bodies);
      const count = (value) => value.toLocaleString('en');
      said.textContent = wanted.length ? `${count(fitting)} of ${count(all)} rows` : `${count(all)} rows`;
      more.hidden = fitting <= most;
      more.textContent = `Show ${count(Math.min(STEP, fitting - most))} more of ${count(fitting)}`;
    };

    heads.forEach((head, at) => {
      if (head.tagName !== 'TH') return;
      const button = element('button', { type: 'button', textContent: head.textContent });
      head.replaceChildren(button);
      head.setAttribute('aria-sort', 'none');
      button.addEventListener('click', () => {
        // Of figures one looks for the greatest first.
        turn = column === at ? -turn : isFigure[at] ? -1 : 1;
        column = at;
        for (const other of heads) if (other.hasAttribute('aria-sort')) other.setAttribute('aria-sort', 'none');
        head.setAttribute('aria-sort', turn > 0 ? 'ascending' : 'descending');
        show();
      });
    });
    const scroll = table.parentElement;
    if (all >= LEAST_TO_FILTER) {
      const input = element('input', { type: 'search' });
      let waiting;
      input.addEventListener('input', () => {
        clearTimeout(waiting);
        waiting = setTimeout(() => {
          wanted = input.value.toLowerCase().split(/\s+/).filter(Boolean);
          most = STEP;
          show();
        }, 60);
      });
      said.setAttribute('aria-live', 'polite');
      scroll.before(element('div', { className: 'tools' }, element('label', {}, 'Filter ', input), said));
    }
    more.addEventListener('click', () => { most += STEP; show(); });
    more.hidden = true;
    scroll.after(more);
    const note = more.nextElementSibling;
    if (rest) {
      if (note && note.matches('.more')) note.remove();
      show();
    } else {
      said.textContent = `${all.toLocaleString('en')} rows`;
    }
  }
  // What does not scroll needs no stop of the tab key.
  const stops = () => {
    for (const box of document.querySelectorAll('.scroll')) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute('tabindex');
    }
  };
  stops();
  addEventListener('resize', stops);
})();
