// The icicle: each call hangs below its caller and is as wide as what it takes. A click goes into a call, Escape comes back.
(() => {
  'use strict';
  const HEIGHT = 20, LEAST_WIDTH = 3, MOST_BARS = 64;

  const element = (name, properties, ...inner) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...inner);
    return made;
  };
  const written = (value) => value.toLocaleString('en', { maximumSignificantDigits: Math.abs(value) >= 100 ? 6 : 3 });
  // Calls of one file have one colour.
  const hue = (name) => {
    const file = (name.match(/\(([^()]*?)(:[^()]*)?\)$/) || [0, name])[1];
    let sum = 7;
    for (const c of file) sum = (sum * 31 + c.codePointAt(0)) >>> 0;
    return `h${sum % 6}`;
  };

  // The calls as a tree, from how they are written: each before its own.
  const tree = (names, calls) => {
    const made = calls.map(([name, value, own]) => ({ name: names[name], value, left: own, own: [] }));
    const open = [];
    for (const call of made) {
      while (open.length && open[open.length - 1].left === 0) open.pop();
      const caller = open[open.length - 1];
      if (caller) {
        caller.left -= 1;
        caller.own.push(call);
        call.caller = caller;
      }
      open.push(call);
    }
    return made[0];
  };

  // What is drawn below a call: calls too small to see are bars of several, which can be gone into too.
  const below = (call, width) => {
    const share = width / call.value;
    const seen = call.own.filter((one, at) => one.value * share >= LEAST_WIDTH || call.own.length <= MOST_BARS);
    const small = call.own.slice(seen.length);
    if (!small.length) return seen;
    const each = Math.max(2, Math.ceil(small.length / MOST_BARS));
    for (let at = 0; at < small.length; at += each) {
      const own = small.slice(at, at + each);
      const value = own.reduce((sum, one) => sum + one.value, 0);
      seen.push(own.length === 1 ? own[0] : { name: `${own.length.toLocaleString('en')} smaller calls`, value, own, caller: call, isSeveral: true });
    }
    return seen;
  };

  for (const box of document.querySelectorAll('.icicle')) {
    const { names, views } = JSON.parse(box.querySelector('script').textContent);
    const roots = views.map((view) => tree(names, view.calls));
    const select = element('select', {}, ...views.map((view, at) => element('option', { value: at, textContent: view.name })));
    const search = element('input', { type: 'search' });
    const reset = element('button', { type: 'button', textContent: 'Show all' });
    const found = element('output', {});
    found.setAttribute('aria-live', 'polite');
    const about = element('p', { className: 'about faint' });
    const bars = element('div', { className: 'bars' });
    bars.setAttribute('role', 'tree');
    bars.setAttribute('aria-label', 'What grows, by call stack');
    const tools = element('div', { className: 'tools' });
    if (views.length > 1) tools.append(element('label', {}, 'Seen ', select));
    tools.append(element('label', {}, 'Search ', search), reset, found);
    box.replaceChildren(tools, bars, about);

    let root = roots[0], view = views[0], into = root, drawn = [];
    const amount = (call) => `${written(call.value)}${view.unit ? ` ${view.unit}` : ''}`;
    const share = (call) => `${written(100 * call.value / root.value)}%`;
    const tell = (call) => {
      const left = view.left_out ? `. The ${view.left_out.toLocaleString('en')} calls that take least are in summary.json alone` : '';
      about.textContent = `${call.name}: ${amount(call)}, ${share(call)} of what grows here${call === root ? left : ''}`;
    };
    const matches = (call) => {
      const wanted = search.value.trim().toLowerCase();
      return wanted && !call.isSeveral && call.name.toLowerCase().includes(wanted);
    };
    const contains = (call) => matches(call) || (call.isSeveral && call.own.some(contains));

    const draw = (focus) => {
      const width = bars.clientWidth || 1000;
      const path = [];
      for (let call = into.caller; call; call = call.caller) path.unshift(call);
      drawn = [];
      const put = (call, depth, left, wide, isAround, parent) => {
        const one = { call, depth, parent, own: [] };
        drawn.push(one);
        if (parent) parent.own.push(one);
        const bar = element('div', { className: isAround ? 'around' : hue(call.name), textContent: call.name });
        bar.style.left = `${100 * left}%`;
        bar.style.width = `${100 * wide}%`;
        bar.style.top = `${depth * HEIGHT}px`;
        if (wide * width < 10) bar.style.padding = 0;
        bar.setAttribute('role', 'treeitem');
        bar.setAttribute('aria-level', depth + 1);
        bar.setAttribute('aria-label', `${call.name}, ${amount(call)}, ${share(call)}`);
        bar.tabIndex = -1;
        one.bar = bar;
        return one;
      };
      let parent = null;
      path.forEach((call, depth) => { parent = put(call, depth, 0, 1, true, parent); });
      const next = [[into, path.length, 0, 1, parent]];
      while (next.length) {
        const [call, depth, left, wide, within] = next.shift();
        const one = put(call, depth, left, wide, false, within);
        let at = left;
        for (const own of below(call, wide * width)) {
          const part = wide * own.value / call.value;
          if (part * width >= .5) next.push([own, depth + 1, at, part, one]);
          at += part;
        }
      }
      bars.style.height = `${(1 + Math.max(...drawn.map((one) => one.depth))) * HEIGHT}px`;
      bars.replaceChildren(...drawn.map((one) => one.bar));
      const start = drawn.find((one) => one.call === into);
      start.bar.tabIndex = 0;
      if (focus) start.bar.focus();
      tell(into);
      mark();
    };

    const mark = () => {
      const isSearched = search.value.trim() !== '';
      bars.classList.toggle('searched', isSearched);
      for (const one of drawn) one.bar.classList.toggle('found', isSearched && Boolean(contains(one.call)));
      if (!isSearched) { found.textContent = ''; return; }
      // What is found within what is found counts once.
      let count = 0, sum = 0;
      const look = (call, counts) => {
        const hit = matches(call);
        if (hit) { count += 1; if (counts) sum += call.value; }
        for (const own of call.own) look(own, counts && !hit);
      };
      look(root, true);
      found.textContent = `${count.toLocaleString('en')} found, ${written(100 * sum / root.value)}% of what grows here`;
    };

    const go = (call) => { into = call; draw(true); };
    const back = () => { search.value = ''; go(root); };
    const of = (bar) => drawn.find((one) => one.bar === bar);
    bars.addEventListener('click', (event) => { const one = of(event.target); if (one) go(one.call); });
    bars.addEventListener('mouseover', (event) => { const one = of(event.target); if (one) tell(one.call); });
    bars.addEventListener('mouseleave', () => tell(into));
    bars.addEventListener('focusin', (event) => {
      const one = of(event.target);
      if (!one) return;
      for (const other of drawn) other.bar.tabIndex = -1;
      one.bar.tabIndex = 0;
      tell(one.call);
    });
    bars.addEventListener('keydown', (event) => {
      const one = of(event.target);
      if (!one) return;
      const beside = one.parent ? one.parent.own : [one];
      const to = {
        ArrowUp: one.parent, ArrowDown: one.own[0], ArrowLeft: beside[beside.indexOf(one) - 1],
        ArrowRight: beside[beside.indexOf(one) + 1], Home: drawn[0],
      }[event.key];
      if (event.key === 'Enter' || event.key === ' ') go(one.call);
      else if (event.key === 'Escape') back();
      else if (to) to.bar.focus();
      else if (!event.key.startsWith('Arrow')) return;
      event.preventDefault();
    });
    search.addEventListener('input', mark);
    search.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') back();
      if (event.key !== 'Enter') return;
      // Into the largest that is found.
      let best = null;
      const look = (call) => { if (matches(call) && (!best || call.value > best.value)) best = call; call.own.forEach(look); };
      look(root);
      if (best) { into = best; draw(false); }
    });
    reset.addEventListener('click', back);
    select.addEventListener('change', () => {
      view = views[select.value];
      root = into = roots[select.value];
      draw(false);
    });
    let last = 0;
    addEventListener('resize', () => { if (bars.clientWidth !== last) { last = bars.clientWidth; draw(false); } });
    draw(false);
    last = bars.clientWidth;
  }
})();
