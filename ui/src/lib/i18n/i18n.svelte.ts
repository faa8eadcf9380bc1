import type { Language } from '$lib/backend/api';
import { de } from './de';
import { en, type Messages } from './en';

const tables: Record<'en' | 'de', Messages> = { en, de };

class I18n {
  /** The language in use, a key of the message tables and a BCP 47 tag. */
  language = $state<'en' | 'de'>('en');

  get messages(): Messages {
    return tables[this.language];
  }

  choose(language: Language): void {
    const system = navigator.language.toLowerCase().startsWith('de') ? 'de' : 'en';
    this.language = language === 'system' ? system : language;
  }
}

export const i18n = new I18n();

/** The messages of the language in use; reactive where it is read. */
export const t = (): Messages => i18n.messages;
