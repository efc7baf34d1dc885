// Letters in a browser, all in one: at a phone's and at a desktop's width, by day and by night, with
// pictures (those whose name begins with "missing" never come).
// Reads {"shots": FOLDER, "letters": [{"name", "html": FILE}]} from stdin; leaves NAME-WIDTH-SCHEME.png
// in the folder and prints one JSON object a view: its scroll width and what is wider than the
// screen, how many texts' contrast was judged, and the faults of contrast.
const fs = require('fs'), path = require('path'), { execFileSync } = require('child_process');
const puppeteer = require('puppeteer-core');
const axe = fs.readFileSync(require.resolve('axe-core'), 'utf8');
const { shots, letters } = JSON.parse(fs.readFileSync(0, 'utf8'));
const find = 'command -v chromium || command -v chromium-browser || command -v google-chrome';
const executablePath = process.env.CHROMIUM || execFileSync('sh', ['-c', find]).toString().trim();
const widths = [[390, 2], [600, 1]], schemes = ['light', 'dark'];

// A picture for a name: always the same one.
function picture(name) {
  let hash = 0;
  for (const c of name) hash = (hash * 31 + c.charCodeAt(0)) >>> 0;
  const hue = hash % 360, sun = 200 + hash % 800, hill = 420 + hash % 180;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="800">
<linearGradient id="s" x2="0" y2="1"><stop stop-color="hsl(${hue},45%,72%)"/><stop offset="1" stop-color="hsl(${(hue + 40) % 360},55%,88%)"/></linearGradient>
<rect width="1200" height="800" fill="url(#s)"/><circle cx="${sun}" cy="260" r="90" fill="hsl(${(hue + 60) % 360},80%,92%)"/>
<path d="M0 ${hill}Q300 ${hill - 160} 620 ${hill}T1200 ${hill - 60}V800H0Z" fill="hsl(${hue},30%,42%)"/>
<path d="M0 640Q400 560 800 650T1200 620V800H0Z" fill="hsl(${(hue + 200) % 360},35%,30%)"/></svg>`;
}

function answer(request) {
  const url = request.url();
  if (!/^https?:/.test(url)) return request.continue();
  const name = path.basename(new URL(url).pathname);
  if (request.resourceType() !== 'image' || name.startsWith('missing')) return request.abort();
  return request.respond({ contentType: 'image/svg+xml', body: picture(name) });
}

async function seen(judged) {
  const scroll = document.documentElement.scrollWidth;
  const wider = [...document.querySelectorAll('body *')]
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1)
    .filter(e => getComputedStyle(e).position !== 'absolute')
    .slice(0, 3).map(e => e.outerHTML.slice(0, 160));
  // The judge takes letters that join for an icon font's and passes over them: it gets others.
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (judged && texts.nextNode()) {
    const text = texts.currentNode;
    text.nodeValue = text.nodeValue.replace(/\p{Script=Arabic}/gu, 'a');
  }
  const none = { passes: [], violations: [], incomplete: [] };
  const found = judged ? await axe.run(document, { runOnly: ['color-contrast'] }) : none;
  const nodes = list => list.flatMap(rule => rule.nodes);
  const faults = [...nodes(found.violations), ...nodes(found.incomplete)].map(node => {
    const why = [...node.any, ...node.all, ...node.none].map(c => c.message).join(' ');
    return `${node.target.join(' ')}: ${why}`;
  });
  return {
    texts: nodes(found.passes).length + faults.length, faults,
    scroll,
    widest: wider,
  };
}

(async () => {
  const browser = await puppeteer.launch({ executablePath, headless: true, args: ['--no-sandbox', '--disable-gpu'] });
  const views = [];
  try {
    const page = await browser.newPage();
    // A busy machine is no fault of a letter's.
    page.setDefaultTimeout(0);
    await page.setRequestInterception(true);
    page.on('request', answer);
    for (const letter of letters) for (const [width, deviceScaleFactor] of widths) {
      await page.setViewport({ width, height: 800, deviceScaleFactor });
      for (const scheme of schemes) {
        await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
        await page.setContent(fs.readFileSync(letter.html, 'utf8'), { waitUntil: 'load' });
        const view = `${letter.name}-${width}-${scheme}`;
        await page.screenshot({ path: path.join(shots, `${view}.png`), fullPage: true });
        // The judge itself looks at phones.
        const judged = width === 600;
        if (judged) await page.evaluate(axe);
        views.push({ view, width, judged, ...await page.evaluate(seen, judged) });
      }
    }
  } finally { await browser.close(); }
  console.log(JSON.stringify(views));
})();
