import { Lexer, type MarkedOptions, type Token, type TokensList } from 'marked';
import {
  DEEPEST_BLOCKS,
  DEEPEST_INLINE,
  INLINE_PER_CHARACTER,
  inlineCost,
  MOST_RUNS,
  STEPS_PER_CHARACTER
} from './limits';

/** A window would take more steps than its length allows. */
export class TooMuch extends Error {}

/** marked's lexer, which gives up what costs too much instead of doing it. */
export class BoundedLexer extends Lexer {
  /** Characters given to rules for blocks, again for each level that holds them. */
  steps = 0;
  /** Units of [`inlineCost`] that were spent. */
  spent = 0;
  #runs = 0;
  #blocks = 0;
  #inline = 0;
  readonly #most: number;
  readonly #mostInline: number;

  constructor(options: MarkedOptions, length: number) {
    super(options);
    this.#most = STEPS_PER_CHARACTER * (length + 100);
    this.#mostInline = INLINE_PER_CHARACTER * (length + 200);
  }

  override blockTokens(source: string, tokens?: Token[], clipped?: boolean): Token[];
  override blockTokens(source: string, tokens?: TokensList, clipped?: boolean): TokensList;
  override blockTokens(source: string, tokens: Token[] = [], clipped = false): Token[] {
    this.steps += source.length;
    if (this.steps > this.#most) throw new TooMuch();
    if (this.#blocks >= DEEPEST_BLOCKS) {
      tokens.push({ type: 'text', raw: source, text: source, tokens: [verbatim(source)] });
      // As the rules leave it.
      this.state.top = true;
      return tokens;
    }
    this.#blocks += 1;
    try {
      return super.blockTokens(source, tokens, clipped);
    } finally {
      this.#blocks -= 1;
    }
  }

  override inline(source: string, tokens: Token[] = []): Token[] {
    this.#runs += 1;
    if (this.#runs > MOST_RUNS) throw new TooMuch();
    return super.inline(source, tokens);
  }

  override inlineTokens(source: string, tokens: Token[] = []): Token[] {
    const cost = inlineCost(source);
    if (this.#inline >= DEEPEST_INLINE || this.spent + cost > this.#mostInline) {
      tokens.push(verbatim(source));
      return tokens;
    }
    this.spent += cost;
    this.#inline += 1;
    try {
      return super.inlineTokens(source, tokens);
    } finally {
      this.#inline -= 1;
    }
  }
}

const verbatim = (source: string): Token => ({ type: 'text', raw: source, text: source, escaped: false });
