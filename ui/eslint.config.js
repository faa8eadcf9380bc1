import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

const bridge = {
  group: ['@tauri-apps/*'],
  message: 'Only src/lib/backend talks to Tauri; use the Backend interface.'
};

export default ts.config(
  { ignores: ['build', 'build-fake', 'src/lib/backend/api.ts'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser, __FAKE_BACKEND__: 'readonly' } },
    rules: {
      'no-restricted-imports': ['error', { patterns: [bridge] }],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'svelte/no-at-html-tags': 'error',
      // The maps and dates here are plain on purpose: nothing is drawn from them.
      'svelte/prefer-svelte-reactivity': 'off'
    }
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig }
    }
  },
  { files: ['src/lib/backend/**', 'tests/bridge.test.ts'], rules: { 'no-restricted-imports': 'off' } },
  {
    files: ['scripts/**', '*.config.*'],
    languageOptions: { globals: { ...globals.node, ...globals.browser } }
  }
);
