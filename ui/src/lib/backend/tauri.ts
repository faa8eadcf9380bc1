import { Channel, invoke } from '@tauri-apps/api/core';
import type { Backend } from './backend';

function channel<T>(onEvent: (event: T) => void): Channel<T> {
  const events = new Channel<T>();
  events.onmessage = onEvent;
  return events;
}

/** The backend of the desktop app: commands of `src-tauri`. */
export const tauri: Backend = {
  appSnapshot: () => invoke('app_snapshot'),
  appWatch: (onEvent) => invoke('app_watch', { events: channel(onEvent) }),

  chatSend: (ask, onEvent) => invoke('chat_send', { ask, events: channel(onEvent) }),
  chatCancel: (turn) => invoke('chat_cancel', { turn }),
  chatAnswerNow: (turn) => invoke('chat_answer_now', { turn }),

  conversationCreate: () => invoke('conversation_create'),
  conversationList: (query, trash) => invoke('conversation_list', { query, trash }),
  conversationOpen: (id) => invoke('conversation_open', { id }),
  conversationRename: (id, title) => invoke('conversation_rename', { id, title }),
  conversationSetSystemPrompt: (id, text) => invoke('conversation_set_system_prompt', { id, text }),
  conversationPinLocal: (id, pinned) => invoke('conversation_pin_local', { id, pinned }),
  conversationSetLabel: (id, label) => invoke('conversation_set_label', { id, label }),
  conversationSelect: (id, message) => invoke('conversation_select', { id, message }),
  conversationTrash: (id) => invoke('conversation_trash', { id }),
  conversationRestore: (id) => invoke('conversation_restore', { id }),
  conversationDelete: (id) => invoke('conversation_delete', { id }),
  conversationExport: () => invoke('conversation_export'),
  conversationImport: () => invoke('conversation_import'),

  modelAdd: () => invoke('model_add'),
  modelAddFolder: () => invoke('model_add_folder'),
  modelAddPath: (path) => invoke('model_add_path', { path }),
  modelRemove: (id) => invoke('model_remove', { id }),
  modelUse: (id) => invoke('model_use', { id }),
  modelLoad: (id) => invoke('model_load', { id }),
  modelUnload: () => invoke('model_unload'),
  modelRetry: (id) => invoke('model_retry', { id }),

  modelImport: () => invoke('model_import'),
  modelUndoRemove: (id) => invoke('model_undo_remove', { id }),
  modelVerify: (id) => invoke('model_verify', { id }),
  modelRecords: () => invoke('model_records'),
  modelFind: () => invoke('model_find'),
  draftMeasure: (id) => invoke('draft_measure', { id }),

  catalogList: () => invoke('catalog_list'),
  catalogRecommend: (wish) => invoke('catalog_recommend', { wish }),
  downloadList: () => invoke('download_list'),
  downloadStart: (model, file) => invoke('download_start', { model, file }),
  downloadPause: (id) => invoke('download_pause', { id }),
  downloadResume: (id) => invoke('download_resume', { id }),
  downloadCancel: (id) => invoke('download_cancel', { id }),
  hubToken: () => invoke('hub_token'),
  hubSetToken: (token, home) => invoke('hub_set_token', { token, home }),
  hubForgetToken: () => invoke('hub_forget_token'),

  engineView: () => invoke('engine_view'),
  settingsUpdate: (settings) => invoke('settings_update', { settings }),

  providerList: () => invoke('provider_list'),
  providerPresets: () => invoke('provider_presets'),
  providerSave: (config) => invoke('provider_save', { config }),
  providerRemove: (id) => invoke('provider_remove', { id }),
  providerSetKey: (id, key, home) => invoke('provider_set_key', { id, key, home }),
  providerForgetKey: (id) => invoke('provider_forget_key', { id }),
  opinionPrepare: (message, provider, keep) => invoke('opinion_prepare', { message, provider, keep }),
  opinionDecline: (consent) => invoke('opinion_decline', { consent }),
  answerGrade: (message, said) => invoke('answer_grade', { message, said }),
  answerGraded: (message) => invoke('answer_graded', { message }),
  keyFileState: () => invoke('key_file_state'),
  keyFileOpen: (passphrase) => invoke('key_file_open', { passphrase }),
  answerReceipt: (message) => invoke('answer_receipt', { message }),

  usageDays: (days) => invoke('usage_days', { days }),
  privacyConnections: () => invoke('privacy_connections'),
  privacyLedger: () => invoke('privacy_ledger'),
  privacyLedgerExport: () => invoke('privacy_ledger_export'),
  linkOpen: (url) => invoke('link_open', { url })
};
