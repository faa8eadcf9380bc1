import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** KaTeX lists its fonts in older formats too, which no web view of this app asks for. */
const onlyWoff2: Plugin = {
  name: 'only-woff2',
  enforce: 'pre',
  transform: (code, id) =>
    /katex.*\.css/.test(id)
      ? code.replace(/,\s*url\([^)]*\.(?:woff|ttf)\) format\(["'](?:woff|truetype)["']\)/g, '')
      : undefined
};

// `--mode fake` builds the window against the scripted backend, for looking at it in a plain browser.
export default defineConfig(({ mode }) => ({
  plugins: [onlyWoff2, svelte(), svelteTesting()],
  resolve: { alias: { $lib: fileURLToPath(new URL('./src/lib', import.meta.url)) } },
  define: { __FAKE_BACKEND__: JSON.stringify(mode === 'fake') },
  build: {
    outDir: mode === 'fake' ? 'build-fake' : 'build',
    emptyOutDir: true,
    // A font or image inlined as a data: URL would need a wider content security policy.
    assetsInlineLimit: 0,
    target: ['safari17', 'chrome120'],
    chunkSizeWarningLimit: 1200
  },
  server: { port: 5173, strictPort: true },
  test: {
    environment: 'jsdom',
    setupFiles: ['./tests/setup.ts'],
    include: ['tests/**/*.test.ts'],
    maxWorkers: 2,
    // The files share what they import, which is most of the time they take.
    isolate: false,
    // Nothing here is about speed, and the machine may be busy.
    testTimeout: 120_000
  }
}));
