import { screen } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import { address } from '$lib/state/links';
import { openWindow } from './window';

const href = (text: string): string | undefined => address(text)?.href;

describe('an address', () => {
  it('is shown as it is opened, its site by itself', () => {
    expect(address('https://Example.org:443/a b?q=1#x')).toMatchObject({
      before: 'https://',
      host: 'example.org',
      after: '/a%20b?q=1#x',
      href: 'https://example.org/a%20b?q=1#x',
      warning: null
    });
    expect(address('https://google.com%E3%80%82evil.example/')?.host).toBe('google.com.evil.example');
    expect(address('https://0x7f.1:8080')?.host).toBe('127.0.0.1:8080');
  });

  it('whose parts joined are what is handed out', () => {
    for (const text of [
      'https://example.org',
      'http://[::1]:80/x',
      'mailto:a@b?subject=x',
      'https://аpple.com/x'
    ]) {
      const { before, host, after, href } = address(text)!;
      expect(before + host + after).toBe(href);
      expect(href).toMatch(/^[!-~]+$/);
    }
  });

  it('in other letters is encoded and says so, and mixed alphabets say more', () => {
    expect(address('https://\u0430pple.com')).toMatchObject({
      host: 'xn--pple-43d.com',
      written: '\u0430pple.com',
      warning: 'mixed'
    });
    expect(address('https://bücher.example')).toMatchObject({
      written: 'bücher.example',
      warning: 'encoded'
    });
    expect(address('https://例え.テスト')).toMatchObject({ written: '例え.テスト', warning: 'encoded' });
    expect(address('https://xn--pple-43d.com')?.warning).toBe('mixed');
    expect(address('https://example.org/\u0430')?.warning).toBeNull();
  });

  it('loses what cannot be seen', () => {
    expect(href('https://example.org/\u202egpj.exe')).toBe('https://example.org/gpj.exe');
    expect(href('https://exa\u200bmple.org/\u0000')).toBe('https://example.org/');
  });

  it.each([
    'https://bank.example@evil.example/',
    'https://user:secret@evil.example/',
    'https://@evil.example:x/',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'data:text/html,x',
    'smb://host/share',
    'example.org',
    '',
    `https://example.org/${'a'.repeat(5_000)}`
  ])('is refused when it is %s', (text) => expect(address(text)).toBeNull());

  it('of a letter keeps who it is for, its subject and its text', () => {
    expect(href('mailto:a@b?subject=Tom%20%26%20Ann&body=1%0A2&cc=c@d')).toBe(
      'mailto:a@b?subject=Tom%20%26%20Ann&body=1%0A2&cc=c@d'
    );
    expect(href('mailto:a@b?attach=/home/u/.ssh/id_ed25519')).toBe('mailto:a@b');
    expect(href('mailto:a@b?Subject=x&ATTACHMENT=/etc/passwd&%61ttach=/x#attach')).toBe(
      'mailto:a@b?subject=x'
    );
    expect(href('mailto:a@b?subject=x%0D%0AAttach:%20/etc/passwd')).toBe('mailto:a@b');
    expect(href('mailto:a b@c')).toBe('mailto:a%20b@c');
    expect(address('mailto:a@b%3Fattach=/etc/passwd')).toBeNull();
    expect(address('mailto:a@b%0Acc:c@d')).toBeNull();
  });
});

describe('the question before a link is opened', () => {
  it('shows the parsed address, and hands out what it has shown', async () => {
    const { app, fake, user } = await openWindow();
    app.askToOpen('https://\u0430pple.com/\u202egpj');
    expect(await screen.findByTestId('link-address')).toHaveTextContent('https://xn--pple-43d.com/gpj');
    expect(screen.getByTestId('link-address').querySelector('strong')).toHaveTextContent(
      /^xn--pple-43d\.com$/
    );
    expect(screen.getByTestId('link-warning')).toHaveTextContent('mixes letters');
    await user.click(screen.getByTestId('link-confirm-open'));
    const opened = fake.calls.find(({ command }) => command === 'linkOpen');
    expect(opened?.args).toEqual(['https://xn--pple-43d.com/gpj']);
  });

  it('is not asked for an address that names another site before its own', async () => {
    const { app } = await openWindow();
    app.askToOpen('https://bank.example@evil.example/');
    expect(await screen.findByText(/not a plain web or mail address/)).toBeInTheDocument();
    expect(screen.queryByTestId('link-confirm')).toBeNull();
  });
});
