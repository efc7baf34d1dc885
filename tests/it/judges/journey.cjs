// A reader's way through the pages in a browser, with and without scripts, at the widths and in the
// schemes that are asked for.
// Reads {"shots": FOLDER, "walks": [{"name", "width", "scheme", "script", "steps": [...]}]} from stdin.
// A step is {"go": URL}, {"reopen": true}, {"type": [FIELD, TEXT]}, {"choose": [LIST, VALUE]}, {"open": BOX}, {"press": BUTTON},
// {"follow": LINK} (each by its selector) or {"look": NAME}: a picture NAME-of-the-walk in the folder, and one object in
// the JSON that is printed: what stands at the top, how wide it is, and what the judge finds.
const fs = require('fs'), path = require('path'), { execFileSync } = require('child_process');
const puppeteer = require('puppeteer-core');
const axe = fs.readFileSync(require.resolve('axe-core'), 'utf8');
const { shots, walks } = JSON.parse(fs.readFileSync(0, 'utf8'));
const find = 'command -v chromium || command -v chromium-browser || command -v google-chrome';
const executablePath = process.env.CHROMIUM || execFileSync('sh', ['-c', find]).toString().trim();

async function seen() {
  const found = await axe.run(document);
  return {
    title: document.title,
    head: (document.querySelector('h1') || document.querySelector('h2') || document.body).innerText.trim(),
    text: document.body.innerText,
    scroll: document.documentElement.scrollWidth,
    checks: found.passes.length,
    faults: found.violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 200)}`)),
  };
}

async function walk(page, { name, width, scheme, script, steps }) {
  const views = [];
  await page.setViewport({ width, height: 844, deviceScaleFactor: width < 600 ? 2 : 1 });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  const leads = async act => Promise.all([page.waitForNavigation({ waitUntil: 'load' }), act]);
  for (const step of steps) {
    await page.setJavaScriptEnabled(script);
    if (step.go) await page.goto(step.go, { waitUntil: 'load' });
    // As a person types: a form that is answered at once is none that a person filled in.
    if (step.type) await page.type(step.type[0], step.type[1], { delay: 90 });
    if (step.reopen) await page.goto(page.url(), { waitUntil: 'load' });
    if (step.choose) await page.select(step.choose[0], step.choose[1]);
    if (step.open) await page.click(step.open);
    if (step.press) await leads(page.click(step.press));
    if (step.follow) await leads(page.click(step.follow));
    if (step.look) {
      await page.screenshot({ path: path.join(shots, `${step.look}-${name}.png`), fullPage: true });
      // The judge is a script, whether or not the page may have any.
      await page.setJavaScriptEnabled(true);
      await page.evaluate(axe);
      views.push({ view: `${step.look}-${name}`, width, ...await page.evaluate(seen) });
    }
  }
  return views;
}

(async () => {
  const browser = await puppeteer.launch({ executablePath, headless: true, args: ['--no-sandbox', '--disable-gpu'] });
  const views = [];
  try {
    for (const one of walks) {
      // Everybody has a browser of their own: nobody is signed in for the next.
      const own = await browser.createBrowserContext();
      const page = await own.newPage();
      // A busy machine is no fault of a page's; a link that leads nowhere is.
      page.setDefaultTimeout(120000);
      views.push(...await walk(page, one));
      await own.close();
    }
  } finally { await browser.close(); }
  console.log(JSON.stringify(views));
})();
