import type { Attachment } from 'svelte/attachments';

/** Makes a textarea as tall as its text (`field-sizing` is not in every web view); CSS sets the limit. */
export function autosize(text: () => string): Attachment<HTMLTextAreaElement> {
  return (area) => {
    text();
    area.style.height = '0';
    area.style.height = `${area.scrollHeight}px`;
  };
}
