/** What makes an address worth a second look. */
export type Warning = 'encoded' | 'mixed';

/** An address as it will be opened: `before`, `host` and `after` joined are `href`. */
export interface Address {
  href: string;
  before: string;
  /** The site; of a mail address, who gets the letter. */
  host: string;
  after: string;
  mail: boolean;
  /** A host in other letters than Latin ones, as it would be written in them. */
  written: string | null;
  warning: Warning | null;
}

/** A longer address cannot be looked at. */
const LONGEST = 4_000;
/** What is nothing to see: controls, formats, what changes the order of reading. */
const UNSEEN = /[\p{Cc}\p{Cf}]/gu;
/** The parts of a letter that a link may fill in; mail programs know others, such as attachments. */
const LETTER = ['to', 'cc', 'bcc', 'subject', 'body'];

/**
 * The address in `text`, in the form in which it is opened; null for what is never opened: other
 * schemes than web and mail, and names or passwords before a host, which only serve to look like one.
 */
export function address(text: string): Address | null {
  const seen = text.replace(UNSEEN, '');
  const url = seen.length <= LONGEST && URL.canParse(seen) ? new URL(seen) : null;
  if (!url || url.href.length > LONGEST) return null;
  if (url.protocol === 'mailto:') return letter(url);
  if (!['http:', 'https:'].includes(url.protocol) || url.username || url.password || !url.host) return null;
  const { href, host } = url;
  const before = `${url.protocol}//`;
  if (!href.startsWith(before + host)) return null;
  const written = inLetters(url.hostname);
  return {
    href,
    before,
    host,
    after: href.slice(before.length + host.length),
    mail: false,
    written,
    warning: written === null ? null : mixes(written) ? 'mixed' : 'encoded'
  };
}

function letter(url: URL): Address | null {
  const to = unescaped(url.pathname);
  if (to === null || /[\p{Cc}?&#]/u.test(to)) return null;
  const fields = url.search
    .slice(1)
    .split('&')
    .filter(Boolean)
    .flatMap((field) => {
      const [name = '', ...value] = field.split('=');
      const known = unescaped(name)?.toLowerCase() ?? '';
      const words = unescaped(value.join('='));
      // A line break outside the body would begin a part of its own.
      const whole = words !== null && (known === 'body' || !/\p{Cc}/u.test(words));
      return LETTER.includes(known) && whole ? [`${known}=${value.join('=')}`] : [];
    });
  const after = fields.length > 0 ? `?${fields.join('&')}` : '';
  const before = 'mailto:';
  const host = url.pathname.replaceAll(' ', '%20');
  return { href: before + host + after, before, host, after, mail: true, written: null, warning: null };
}

function unescaped(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

const PUNYCODE = 'xn--';

/** A host with its encoded labels in their own letters; null where none is encoded. */
function inLetters(host: string): string | null {
  if (!host.includes(PUNYCODE)) return null;
  const labels = host.split('.').map((label) => {
    if (!label.startsWith(PUNYCODE)) return label;
    return punycode(label.slice(PUNYCODE.length)) ?? label;
  });
  return labels.join('.');
}

/** Whether letters of one label come from more than one script, as they never do in one word. */
function mixes(host: string): boolean {
  return host.split('.').some((label) => SCRIPTS.filter((script) => script.test(label)).length > 1);
}

const SCRIPTS = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Hebrew}/u,
  /\p{Script=Arabic}/u,
  /\p{Script=Cherokee}/u,
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}]/u
];

const DIGITS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** RFC 3492, section 6.2, with the parameters of section 5; null for what is no such code. */
function punycode(code: string): string | null {
  const [base, tMin, tMax, skew, damp] = [36, 1, 26, 38, 700];
  const plain = Math.max(code.lastIndexOf('-'), 0);
  const out = [...code.slice(0, plain)];
  let n = 128;
  let i = 0;
  let bias = 72;
  let at = plain > 0 ? plain + 1 : 0;
  while (at < code.length) {
    const before = i;
    let weight = 1;
    for (let k = base; ; k += base) {
      const digit = DIGITS.indexOf(code.charAt(at) || '-');
      at += 1;
      if (digit < 0) return null;
      i += digit * weight;
      const threshold = Math.min(Math.max(k - bias, tMin), tMax);
      if (digit < threshold) break;
      weight *= base - threshold;
    }
    let delta = Math.floor((i - before) / (before === 0 ? damp : 2));
    delta += Math.floor(delta / (out.length + 1));
    let k = 0;
    for (; delta > ((base - tMin) * tMax) / 2; k += base) delta = Math.floor(delta / (base - tMin));
    bias = k + Math.floor(((base - tMin + 1) * delta) / (delta + skew));
    n += Math.floor(i / (out.length + 1));
    i %= out.length + 1;
    if (n > 0x10ffff) return null;
    out.splice(i++, 0, String.fromCodePoint(n));
  }
  return out.join('');
}
