// Opens chats whose answers are hostile texts, and lets such answers stream at 200 pieces a second:
// time to open a chat, how long frames take until it is drawn and while it streams, and time to stop.
//   npx vite build --mode fake && node scripts/hostile.mjs [--from 0] [--texts 1000] [--stream-every 4]
import { parseArgs } from 'node:util';
import { chromium, serve } from './browser.mjs';

const { values: options } = parseArgs({
  options: {
    from: { type: 'string', default: '0' },
    texts: { type: 'string', default: '1000' },
    'stream-every': { type: 'string', default: '4' },
    'stream-ms': { type: 'string', default: '2000' },
    verbose: { type: 'boolean', default: false }
  }
});
const [from, texts, every, streamMs] = [
  options.from,
  options.texts,
  options['stream-every'],
  options['stream-ms']
].map(Number);
const BATCH = 50;
const OPEN_MS = 500;
const FRAME_MS = 200;

const { base, close } = await serve();
const browser = await chromium();
const seen = { idle: [], open: [], drawing: [], streaming: [], stop: [] };
const late = [];

/** In the page: the longest frame until `until` holds, or for `ms`. */
const WATCH = `
  window.longest = async (until, ms) => {
    const begun = performance.now();
    let longest = 0;
    let last = begun;
    while (performance.now() - begun < ms && !(until && until())) {
      const now = await new Promise(requestAnimationFrame);
      longest = Math.max(longest, now - last);
      last = now;
    }
    return longest;
  };
  window.drawn = () => !document.querySelector('main [aria-busy=true]');`;

function note(kind, ms, most, number) {
  seen[kind].push(ms);
  if (options.verbose) console.log(`text ${number}: ${kind} ${Math.round(ms)} ms`);
  if (ms > most) late.push(`text ${number}: ${kind} ${Math.round(ms)} ms`);
}

for (let first = from; first < from + texts; first += BATCH) {
  const page = await browser.newPage();
  page.on('pageerror', (error) => late.push(`texts from ${first}: ${error}`));
  await page.setViewportSize({ width: 1280, height: 800 });
  const count = Math.min(BATCH, from + texts - first);
  await page.goto(`${base}?hostile=${first}&count=${count}&pace=5`);
  await page.waitForSelector(`[data-conversation=hostile-${first}]`);
  await page.evaluate(WATCH);
  note('idle', await page.evaluate(() => window.longest(null, 1000)), Infinity, first);
  for (let number = first; number < first + count; number += 1) {
    const [open, drawing] = await page.evaluate(async (id) => {
      const begun = performance.now();
      document.querySelector(`[data-conversation=${id}] .open`).click();
      const title = `Hostile text ${id.split('-')[1]}`;
      while (
        document.querySelector('main h1')?.textContent !== title ||
        !document.querySelector('[data-testid=message-text]')
      )
        await new Promise(requestAnimationFrame);
      await new Promise(requestAnimationFrame);
      const opened = performance.now() - begun;
      return [opened, await window.longest(window.drawn, 20_000)];
    }, `hostile-${number}`);
    note('open', open, OPEN_MS, number);
    note('drawing', drawing, FRAME_MS, number);
    if (number % every !== 0) continue;

    await page.click('[data-testid=new-chat]');
    // From anywhere in the text, so that every part of it is once the end.
    await page.fill('[data-testid=composer]', `Text ${number} from ${(number * 7919) % 60_000}`);
    await page.click('[data-testid=send]');
    note('streaming', await page.evaluate((ms) => window.longest(null, ms), streamMs), FRAME_MS, number);
    const stop = await page.evaluate(async () => {
      const begun = performance.now();
      document.querySelector('[data-testid=stop]')?.click();
      while (document.querySelector('[data-testid=stop]')) await new Promise(requestAnimationFrame);
      return performance.now() - begun;
    });
    note('stop', stop, OPEN_MS, number);
  }
  await page.close();
  process.stderr.write(`${first + count} `);
}
await browser.close();
close();

console.log();
for (const [kind, all] of Object.entries(seen)) {
  all.sort((a, b) => a - b);
  const at = (share) => Math.round(all[Math.min(all.length - 1, Math.floor(all.length * share))] ?? 0);
  console.log(
    `${kind.padEnd(10)} ${all.length} texts: median ${at(0.5)} ms, 95 % under ${at(0.95)} ms, longest ${at(1)} ms`
  );
}
for (const line of late) console.log(line);
process.exitCode = late.length === 0 ? 0 : 1;
