import type { RootContent } from 'hast';
import { common, createLowlight } from 'lowlight';
import { colourable, MOST_COLOURED } from './limits';

const lowlight = createLowlight(common);

/** A run of code in one colour; `kind` is one of the few that the window has a colour for. */
export interface Run {
  text: string;
  kind: string;
}

const KINDS: Record<string, string> = {
  'hljs-keyword': 'keyword',
  'hljs-built_in': 'title',
  'hljs-type': 'title',
  'hljs-title': 'title',
  'hljs-section': 'title',
  'hljs-name': 'keyword',
  'hljs-selector-tag': 'keyword',
  'hljs-selector-class': 'title',
  'hljs-selector-id': 'title',
  'hljs-literal': 'number',
  'hljs-number': 'number',
  'hljs-symbol': 'number',
  'hljs-string': 'string',
  'hljs-regexp': 'string',
  'hljs-addition': 'string',
  'hljs-subst': '',
  'hljs-deletion': 'keyword',
  'hljs-comment': 'comment',
  'hljs-quote': 'comment',
  'hljs-meta': 'comment',
  'hljs-doctag': 'comment',
  'hljs-attr': 'attr',
  'hljs-attribute': 'attr',
  'hljs-property': 'attr',
  'hljs-variable': 'attr',
  'hljs-template-variable': 'attr'
};

/** The language a fence names, if its grammar is here. */
export function known(language: string): string | null {
  const name =
    language
      .trim()
      .split(/[\s,{]/)[0]
      ?.toLowerCase() ?? '';
  return name && lowlight.registered(name) ? name : null;
}

/** Code as a flat list of coloured runs; the text is exactly what went in. What would take too long has one colour. */
export function highlight(code: string, language: string): Run[] {
  const name = known(language);
  const runs: Run[] = [];
  if (name && colourable(code)) {
    try {
      collect(lowlight.highlight(name, code).children, '', runs);
      if (runs.length <= MOST_COLOURED) return runs;
      runs.length = 0;
    } catch {
      runs.length = 0;
    }
  }
  runs.push({ text: code, kind: '' });
  return runs;
}

function collect(nodes: RootContent[], kind: string, runs: Run[]): void {
  for (const node of nodes) {
    if (node.type === 'text') {
      const last = runs.at(-1);
      if (last?.kind === kind) last.text += node.value;
      else runs.push({ text: node.value, kind });
    } else if (node.type === 'element') {
      const classes = node.properties.className;
      const own = Array.isArray(classes) ? KINDS[String(classes[0])] : undefined;
      collect(node.children, own ?? kind, runs);
    }
  }
}
