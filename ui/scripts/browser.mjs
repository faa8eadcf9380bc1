// A plain browser for the window with its scripted backend, under the app's content security policy.
import { createServer } from 'node:http';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import playwright from 'playwright-core';

const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'"
].join('; ');
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.woff2': 'font/woff2' };

/** Serves `build-fake` on loopback. */
export async function serve() {
  const root = new URL('../build-fake/', import.meta.url).pathname;
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, 'http://here').pathname;
    const file = path === '/' ? 'index.html' : path.slice(1);
    try {
      const body = await readFile(join(root, file));
      response.writeHead(200, {
        'content-type': TYPES[extname(file)] ?? 'text/plain',
        'content-security-policy': CSP
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const base = `http://127.0.0.1:${server.address().port}/`;
  return { base, close: () => server.close() };
}

/** The system's Chromium, with a profile of its own. */
export async function chromium() {
  const profile = await mkdtemp(join(tmpdir(), 'hearth-look-'));
  return playwright.chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--font-render-hinting=none']
  });
}
