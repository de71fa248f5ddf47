// Opens pages of reports in a real browser, as a person would: wide and narrow, light and dark, with and without scripts.
//
//     node ci/page.mjs --tools DIR --browser FILE [--shots DIR] NAME=FILE...
//
// DIR/node_modules has puppeteer-core and axe-core. It ends with 1 where a page is not as it should be.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import path from 'node:path';
import fs from 'node:fs';

const options = {}, pages = [];
for (let at = 2; at < process.argv.length; at += 1) {
  const word = process.argv[at];
  if (word.startsWith('--')) options[word.slice(2)] = process.argv[at += 1];
  else pages.push([word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]);
}
const require = createRequire(path.resolve(options.tools, 'node_modules') + '/');
const puppeteer = require('puppeteer-core');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const SIZES = [[390, 844], [1280, 800], [1600, 900]];
let failures = 0, checks = 0;
const check = (name, holds, detail = '') => {
  checks += 1;
  if (holds) return;
  failures += 1;
  console.log(`FAIL ${name} ${typeof detail === 'string' ? detail : JSON.stringify(detail)}`);
};

const browser = await puppeteer.launch({
  executablePath: options.browser, args: ['--no-sandbox', '--disable-gpu', '--allow-file-access-from-files'],
});

async function opened(name, file, width, height, scheme, scripts = true) {
  const page = await browser.newPage();
  page.on('console', (said) => { if (['error', 'warn'].includes(said.type())) check(`${name}: the console is quiet`, false, said.text()); });
  page.on('pageerror', (error) => check(`${name}: the script runs`, false, String(error)));
  page.on('dialog', (dialog) => { check(`${name}: no dialog opens`, false, dialog.message()); dialog.dismiss(); });
  page.on('request', (request) => {
    const url = request.url();
    check(`${name}: nothing is fetched`, url.startsWith('file:') || url.startsWith('data:'), url);
  });
  await page.setJavaScriptEnabled(scripts);
  await page.setViewport({ width, height });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  await page.goto(pathToFileURL(file).href, { waitUntil: 'load' });
  return page;
}

async function looks(name, file) {
  for (const scheme of ['light', 'dark']) {
    for (const [width, height] of SIZES) {
      const what = `${name}, ${scheme}, ${width}`;
      const page = await opened(what, file, width, height, scheme);
      const seen = await page.evaluate(() => {
        const bottom = (query) => { const one = document.querySelector(query); return one ? one.getBoundingClientRect().bottom : 0; };
        return {
          overflow: document.documentElement.scrollWidth - innerWidth,
          answer: Math.max(bottom('.answer h1'), bottom('.answer .told')),
          badge: document.querySelector('.answer .badge').textContent,
        };
      });
      check(`${what}: no horizontal scrolling`, seen.overflow <= 0, seen);
      check(`${what}: the answer is on the first screen`, seen.answer <= height, seen);
      if (options.shots) await page.screenshot({ path: path.join(options.shots, `${name}-${width}-${scheme}.png`) });
      if (options.shots && width !== 1600) await page.screenshot({ path: path.join(options.shots, `${name}-${width}-${scheme}-full.png`), fullPage: true });
      if ((width === 390) === (scheme === 'light') && width !== 1600) {
        await page.evaluate(() => document.querySelectorAll('details').forEach((one) => { one.open = true; }));
        await page.evaluate(axe);
        const { violations } = await page.evaluate('axe.run(document, { resultTypes: ["violations"] })');
        for (const one of violations) {
          const nodes = one.nodes.slice(0, 3).map((node) => `${node.target}: ${node.failureSummary}`);
          check(`${what}: axe`, false, `${one.id}: ${one.help}\n  ${one.nodes.length} times: ${nodes.join('\n  ')}`);
        }
        check(`${what}: axe looked`, true);
      }
      await page.close();
    }
  }
}

async function works(name, file) {
  const page = await opened(name, file, 1280, 800, 'light');
  const column = (table, at) => page.$$eval(`#${table} tbody tr:not(.heading)`, (rows, at) => rows.map((row) => row.cells[at].textContent), at);

  // Tables.
  const tables = await page.$$eval('.scroll > table', (all) => all.filter((one) => one.querySelector('th button')).map((one) => ({
    id: one.id, column: [...one.tHead.rows[0].cells].findIndex((cell) => cell.querySelector('button')),
    canBeFiltered: Boolean(one.parentElement.previousElementSibling && one.parentElement.previousElementSibling.matches('.tools')),
    isGrouped: one.tBodies.length > 1,
  })));
  check(`${name}: tables can be sorted`, tables.length > 0);
  for (const table of tables) {
    const button = `#${table.id} thead :nth-child(${table.column + 1}) > button`;
    const state = () => page.$eval(button, (one) => one.parentElement.getAttribute('aria-sort'));
    check(`${name}, ${table.id}: not sorted at first`, (await state()) === 'none');
    await page.$eval(button, (one) => one.click());
    const once = await state();
    const first = await column(table.id, table.column);
    await page.focus(button);
    await page.keyboard.press('Enter');
    const twice = await state();
    const second = await column(table.id, table.column);
    check(`${name}, ${table.id}: a column says how it is sorted`, new Set(['ascending', 'descending', once, twice]).size === 2 && once !== twice, [once, twice]);
    if (!table.isGrouped && new Set(first).size > 1) {
      check(`${name}, ${table.id}: sorted the other way`, first.join() !== second.join(), first.slice(0, 5));
    }
  }
  for (const table of tables.filter((one) => one.canBeFiltered)) {
    const input = (await page.evaluateHandle((id) => document.getElementById(id).parentElement.previousElementSibling.querySelector('input'), table.id)).asElement();
    const rows = () => page.$$eval(`#${table.id} tbody tr:not(.heading)`, (all) => all.length);
    const before = await rows();
    await input.type('no row says this');
    await new Promise((resolve) => setTimeout(resolve, 120));
    check(`${name}, ${table.id}: filtered`, (await rows()) === 0);
    await input.evaluate((one) => { one.value = ''; one.dispatchEvent(new Event('input')); });
    await new Promise((resolve) => setTimeout(resolve, 120));
    check(`${name}, ${table.id}: all rows come back`, (await rows()) === before, [before, await rows()]);
  }

  // The icicle.
  if (await page.$('.icicle')) {
    const bars = () => page.$$eval('.icicle .bars div', (all) => all.map((one) => one.textContent));
    const all = await bars();
    check(`${name}: the icicle is drawn`, all.length > 1, all);
    const leaf = all[all.length - 1];
    await page.$$eval('.icicle .bars div', (bars) => bars[bars.length - 1].click());
    const into = await page.$$eval('.icicle .bars div:not(.around)', (bars) => ({ name: bars[0].textContent, width: bars[0].style.width }));
    check(`${name}: a click goes into a call`, into.name === leaf && into.width === '100%', into);
    await page.keyboard.press('Escape');
    check(`${name}: Escape shows all again`, (await bars()).join() === all.join());
    await page.keyboard.press('ArrowDown');
    const focused = await page.evaluate(() => document.activeElement.getAttribute('aria-label'));
    check(`${name}: arrows walk through the calls`, (focused || '').startsWith(all[1]), focused);
    const word = all[1].split(' ')[0];
    await page.type('.icicle input', word);
    const found = await page.$$eval('.icicle .bars .found', (bars) => bars.map((one) => one.textContent));
    check(`${name}: what is searched is found`, found.length > 0 && found.every((one) => one.includes(word) || one.includes('smaller')), found);
    await page.keyboard.press('Escape');
    check(`${name}: Escape ends the search`, (await page.$$('.icicle .bars .found')).length === 0);
  }

  // Words that are explained.
  const term = await page.$('a.term');
  check(`${name}: words are explained`, Boolean(term));
  if (term) {
    await term.focus();
    const tip = await page.$eval('#tip', (one) => [one.hidden, one.textContent]);
    check(`${name}: a word says what it means`, !tip[0] && tip[1].length > 10, tip);
    await page.keyboard.press('Escape');
    check(`${name}: Escape closes it`, await page.$eval('#tip', (one) => one.hidden));
  }

  // One cursor.
  const axes = await page.$$eval('.hover[data-axis]', (all) => all.map((one) => one.dataset.axis));
  const shared = axes.findIndex((axis, at) => axes.indexOf(axis) !== at);
  if (shared > 0) {
    await page.$$eval('.hover[data-axis]', (all, at) => all[at].querySelector('input').focus(), shared);
    check(`${name}: the plots have one cursor`, (await page.$$('.hover .there')).length > 0, axes);
  }

  // Contents.
  const lost = await page.$$eval('nav a, a.term', (links) => links.map((one) => one.getAttribute('href')).filter((href) => !document.getElementById(href.slice(1))));
  check(`${name}: every anchor is there`, lost.length === 0, lost);
  await page.close();
}

async function reads(name, file) {
  const page = await opened(`${name}, no scripts`, file, 390, 844, 'light', false);
  const told = await page.evaluate(() => ({
    answer: document.querySelector('.answer h1').innerText, rows: document.querySelectorAll('table tr').length,
    listed: document.querySelectorAll('.icicle li').length, icicle: Boolean(document.querySelector('.icicle')),
    overflow: document.documentElement.scrollWidth - innerWidth,
  }));
  check(`${name}, no scripts: the answer and the tables are there`, told.answer.length > 10 && told.rows > 2, told);
  check(`${name}, no scripts: the icicle is a list`, !told.icicle || told.listed > 0, told);
  check(`${name}, no scripts: no horizontal scrolling`, told.overflow <= 0, told);
  await page.close();
}

// A page of very many call sites. What else the machine does is not the page's: the best of three counts.
async function large(name, file) {
  let best = Infinity;
  for (let time = 0; time < 3; time += 1) {
    const page = await opened(name, file, 1280, 800, 'light');
    const loaded = await page.evaluate(() => performance.getEntriesByType('navigation')[0].loadEventEnd);
    if (loaded > 0) best = Math.min(best, loaded);
    await page.close();
  }
  const size = fs.statSync(file).size;
  console.log(`${name}: ${(size / 1e6).toFixed(2)} MB, open in ${Math.round(best)} ms`);
  check(`${name}: under 5 MB`, size < 5e6, `${size}`);
  check(`${name}: open in two seconds`, best < 2000, `${best} ms`);
}

for (const [name, file] of pages) {
  const begun = Date.now();
  if (name.startsWith('large')) await large(name, file);
  else await looks(name, file);
  await works(name, file);
  await reads(name, file);
  console.log(`${name}: looked at in ${((Date.now() - begun) / 1000).toFixed(1)} s`);
}
await browser.close();
console.log(`${checks - failures} of ${checks} checks hold`);
process.exitCode = failures ? 1 : 0;
