/** Only web and mail addresses may ever be opened outside. */
export function isOpenable(url: string): boolean {
  return URL.canParse(url) && ['http:', 'https:', 'mailto:'].includes(new URL(url).protocol);
}
