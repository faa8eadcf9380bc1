// Measures a chat of 2,000 messages in which an answer arrives at 200 pieces a second:
// time to open it, and how long frames take while it streams and while it is scrolled.
//   npx vite build --mode fake && node scripts/smooth.mjs
import { chromium, serve } from './browser.mjs';

const { base, close } = await serve();
const browser = await chromium();
const page = await browser.newPage();
page.on('pageerror', (error) => console.log(String(error)));
await page.setViewportSize({ width: 1280, height: 800 });
await page.goto(`${base}?messages=2000&pace=5&answer=long`);
await page.waitForSelector('[data-conversation=seed-long]');

/** Frame times in ms while `during` runs. */
const frames = (during) =>
  page.evaluate(async (work) => {
    const times = [];
    let last = performance.now();
    let on = true;
    const tick = (now) => {
      times.push(now - last);
      last = now;
      if (on) requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
    await new Function(`return (async () => { ${work} })()`)();
    on = false;
    times.sort((a, b) => a - b);
    const at = (share) => Math.round(times[Math.min(times.length - 1, Math.floor(times.length * share))]);
    return `${times.length} frames, median ${at(0.5)} ms, 95 % under ${at(0.95)} ms, longest ${at(1)} ms`;
  }, during);

const opened = await page.evaluate(async () => {
  const began = performance.now();
  document.querySelector('[data-conversation=seed-long] .open').click();
  while (!document.querySelector('[data-testid=message-answer]')) await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  return Math.round(performance.now() - began);
});
console.log(`open:      ${opened} ms`);
console.log('idle:     ', await frames('await new Promise((r) => setTimeout(r, 2000))'));
await page.fill('[data-testid=composer]', 'And now a long one');
await page.click('[data-testid=send]');
console.log('streaming:', await frames('await new Promise((r) => setTimeout(r, 6000))'));
console.log(
  'scrolling:',
  await frames(`
    const s = document.querySelector('.scroller');
    for (let i = 0; i < 120; i += 1) { s.scrollTop -= 400; await new Promise(requestAnimationFrame); }
  `)
);
await browser.close();
close();
