import type { ConversationView } from '$lib/backend/api';

export interface DateGroup {
  label: string;
  chats: ConversationView[];
}

/** Chats under the headings people look under, newest first; `month` names older months. */
export function groupByDate(
  chats: ConversationView[],
  now: Date,
  names: { today: string; yesterday: string; week: string; month: string },
  month: (ms: number) => string
): DateGroup[] {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  const daysBefore = (n: number): number => {
    const day = new Date(midnight);
    day.setDate(day.getDate() - n);
    return day.getTime();
  };
  const label = (ms: number): string => {
    if (ms >= midnight.getTime()) return names.today;
    if (ms >= daysBefore(1)) return names.yesterday;
    if (ms >= daysBefore(7)) return names.week;
    if (ms >= daysBefore(30)) return names.month;
    return month(ms);
  };
  const groups = new Map<string, ConversationView[]>();
  for (const chat of [...chats].sort((a, b) => b.updated_ms - a.updated_ms)) {
    const key = label(chat.updated_ms);
    groups.set(key, [...(groups.get(key) ?? []), chat]);
  }
  return [...groups].map(([label, chats]) => ({ label, chats }));
}
