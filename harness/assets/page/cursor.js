// One cursor in all plots that have an axis in common: what is pointed at in one is shown in the others.
(() => {
  'use strict';
  const plots = [...document.querySelectorAll('.hover[data-axis]')].map((box) => {
    const { axis, from, to } = box.dataset;
    const places = [...box.querySelectorAll('label')].map((label) => ({
      label, at: Number(from) + parseFloat(label.style.getPropertyValue('--x')) / 100 * (to - from),
    }));
    return { box, axis, places, from: Number(from), to: Number(to) };
  });
  let shown = [];
  const hide = () => { for (const label of shown) label.classList.remove('there'); shown = []; };
  const show = (event) => {
    const label = event.target.closest('label');
    const plot = plots.find((one) => one.box === event.currentTarget);
    const place = plot.places.find((one) => one.label === label);
    hide();
    if (!place) return;
    for (const other of plots) {
      if (other === plot || other.axis !== plot.axis || place.at < other.from || place.at > other.to || !other.places.length) continue;
      const nearest = other.places.reduce((a, b) => (Math.abs(b.at - place.at) < Math.abs(a.at - place.at) ? b : a));
      nearest.label.classList.add('there');
      shown.push(nearest.label);
    }
  };
  for (const { box } of plots) {
    box.addEventListener('mouseover', show);
    box.addEventListener('focusin', show);
    box.addEventListener('mouseleave', hide);
    box.addEventListener('focusout', hide);
  }
})();
