// Takes pictures of every page with the scripted backend, under the content security policy of the app,
// and reports what the browser and axe complain about.
//   npm run look -- [--only NAME] [--out FOLDER]     (first: npx vite build --mode fake)
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium, serve } from './browser.mjs';

const { values: options } = parseArgs({
  options: { only: { type: 'string' }, out: { type: 'string', default: 'shots' } }
});

const { base, close } = await serve();

const nav = (name) => async (page) => {
  if (!(await page.isVisible(`[data-testid=nav-${name}]`))) await page.click('[data-testid=toggle-sidebar]');
  await page.click(`[data-testid=nav-${name}]`);
};
const chat = (id) => async (page) => {
  if (!(await page.isVisible('[data-testid=chat-list]'))) await page.click('[data-testid=toggle-sidebar]');
  await page.click(`[data-conversation=${id}] .open`);
  await page.waitForSelector('[data-testid=message-user]');
};
const scrollTop = async (page) => {
  await page.evaluate(() => (document.querySelector('.scroller').scrollTop = 0));
  await page.waitForTimeout(100);
};

const SCENES = {
  first: { query: 'scene=first' },
  blank: {},
  chat: { steps: [chat('seed-sql'), scrollTop] },
  chatend: { steps: [chat('seed-sql')] },
  letter: { steps: [chat('seed-letter')] },
  failed: { steps: [chat('seed-failed')] },
  tint: {
    steps: [
      chat('seed-stopped'),
      async (page) => {
        await page.click('[data-testid=tint-menu]');
        await page.click('[data-testid=tint-confidence]');
      }
    ]
  },
  streaming: {
    query: 'pace=60',
    steps: [
      async (page) => {
        await page.fill('[data-testid=composer]', 'What is Hearth?');
        await page.click('[data-testid=send]');
        await page.waitForTimeout(700);
      }
    ]
  },
  thought: {
    query: 'scene=thinker',
    steps: [
      chat('seed-thought'),
      (page) => page.click('[data-testid=thought-toggle]'),
      (page) => page.waitForSelector('[data-testid=thought-text] li')
    ]
  },
  thinking: {
    query: 'pace=120',
    steps: [
      async (page) => {
        await page.fill('[data-testid=composer]', 'What do you think?');
        await page.click('[data-testid=send]');
        await page.waitForSelector('[data-testid=answer-now]');
        await page.click('[data-testid=thought-toggle]');
        await page.waitForTimeout(1600);
      }
    ]
  },
  thinkmenu: {
    query: 'scene=thinker',
    steps: [
      (page) => page.click('[data-testid=thinking-menu]'),
      (page) => page.waitForSelector('[data-testid=thinking-off]')
    ]
  },
  editing: {
    steps: [
      chat('seed-chunks'),
      async (page) => {
        await page.focus('[data-testid=composer]');
        await page.keyboard.press('ArrowUp');
      }
    ]
  },
  picker: { query: 'scene=trouble', steps: [(page) => page.click('[data-testid=model-picker]')] },
  search: {
    steps: [
      (page) => page.isVisible('[data-testid=search]'),
      (page) => page.fill('[data-testid=search]', 'group')
    ],
    wide: true
  },
  trash: { steps: [(page) => page.click('[data-testid=trash-toggle]')], wide: true },
  link: {
    steps: [chat('seed-sql'), scrollTop, (page) => page.click('text=Window functions >> nth=-1')],
    wide: true
  },
  prompt: { steps: [(page) => page.click('[data-testid=system-prompt-open]')] },
  models: { steps: [nav('models')] },
  trouble: { query: 'scene=trouble', steps: [nav('models')] },
  usage: { steps: [nav('usage')] },
  usageempty: { query: 'scene=first', steps: [nav('usage')] },
  privacy: { steps: [nav('privacy')] },
  settings: { steps: [nav('settings')] },
  german: { query: 'language=de', steps: [nav('settings')] }
};
const SIZES = [
  [1280, 800],
  [2000, 1200],
  [420, 800]
];
const BIG_TOO = ['first', 'chat', 'models', 'usage', 'privacy', 'settings'];

await mkdir(options.out, { recursive: true });
const browser = await chromium();
const axe = await readFile(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
let complaints = 0;
const complain = (line) => {
  complaints += 1;
  console.log(line);
};

for (const [name, scene] of Object.entries(SCENES)) {
  if (options.only && !options.only.split(',').includes(name)) continue;
  for (const theme of ['light', 'dark']) {
    for (const [width, height] of SIZES) {
      if (width === 2000 && (!BIG_TOO.includes(name) || theme === 'dark')) continue;
      if (width === 420 && (scene.wide || theme === 'dark')) continue;
      const shot = `${name}-${theme}-${width}`;
      const page = await browser.newPage();
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complain(`${shot}: ${message.text()}`);
      });
      page.on('pageerror', (error) => complain(`${shot}: ${error}`));
      await page.setViewportSize({ width, height });
      await page.goto(`${base}?theme=${theme}&${scene.query ?? ''}`);
      await page.waitForSelector('[data-testid=app]');
      try {
        for (const step of scene.steps ?? []) await step(page);
      } catch (error) {
        complain(`${shot}: ${error.message.split('\n')[0]}`);
      }
      await page.waitForTimeout(250);
      await page.screenshot({ path: join(options.out, `${shot}.png`) });
      if (width === 1280) {
        // Playwright evaluates outside the page's policy.
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() =>
          window.axe.run({ rules: { region: { enabled: false } } })
        );
        for (const { id, impact, nodes } of violations)
          complain(
            `${shot}: axe ${impact} ${id}: ${nodes
              .map((n) => n.target.join(' '))
              .slice(0, 4)
              .join(' | ')}`
          );
      }
      await page.close();
    }
  }
}
await browser.close();
close();
console.log(complaints === 0 ? 'no complaints' : `${complaints} complaints`);
process.exitCode = complaints === 0 ? 0 : 1;
