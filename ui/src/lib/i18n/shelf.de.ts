import type { shelf as english } from './shelf.en';

export const shelf: typeof english = {
  removed: (name) => `${name} wurde entfernt.`,
  verify: 'Prüfen',
  verifyOf: (name) => `${name} prüfen`,
  verdict: {
    as_published: (name) => `${name}: jedes Byte ist wie veröffentlicht.`,
    changed: (name) =>
      `${name} ist nicht, was heruntergeladen wurde: die Datei hat sich geändert. Entfernen Sie sie und laden Sie sie neu herunter. Kam sie mit Hearth, installieren Sie Hearth neu.`,
    unknown: (name) =>
      `${name} ließ sich bis zum Ende lesen. Niemand hat eine Prüfsumme veröffentlicht, an der es sich messen ließe.`
  },
  removeOwned: 'Die Datei wird gelöscht. Eine Minute lang können Sie das zurücknehmen.',
  lastUsed: 'Zuletzt benutzt',
  measured: 'Hier gemessen',
  tokS: (n) => `${n} Tokens/s`,
  never: 'nie',
  import: 'GGUF-Datei kopieren…',

  downloads: 'Downloads',
  downloadsLead: 'Was von einer Datei da ist, bleibt da, was auch geschieht, und von dort geht es weiter.',
  state: {
    queued: 'Wartet, bis es an der Reihe ist',
    running: 'Lädt herunter',
    waiting: 'Versucht es bald noch einmal',
    paused: 'Angehalten',
    failed: 'Abgebrochen',
    done: 'Bereit'
  },
  received: (here, all) => `${here} von ${all}`,
  perSecond: (speed) => `${speed}/s`,
  secondsLeft: (n) => `noch ${n} s`,
  minutesLeft: (n) => `noch ${n} min`,
  hoursLeft: (n) => `noch ${n} h`,
  pause: 'Anhalten',
  pauseOf: (name) => `Download von ${name} anhalten`,
  resume: 'Fortsetzen',
  resumeOf: (name) => `Download von ${name} fortsetzen`,
  cancel: 'Abbrechen',
  cancelOf: (name) => `Download von ${name} abbrechen und löschen, was da ist`,
  dismiss: 'Ausblenden',
  dismissOf: (name) => `${name} aus dieser Liste nehmen`,
  progressOf: (name) => `Fortschritt von ${name}`,

  found: 'Auf diesem Gerät gefunden',
  foundLead: 'Modelle, die andere Programme heruntergeladen haben. Hearth kann sie nutzen, wo sie sind.',
  useInPlace: 'Dort nutzen',
  runs: {
    label: 'Läuft auf',
    cpu: 'Hearths eigener Engine',
    mistralrs: 'mistral.rs, langsamer',
    nowhere: 'nichts auf diesem Gerät',
    unknown: 'noch nicht bekannt'
  },
  useInPlaceOf: (name) => `${name} nutzen, wo es ist`,

  catalog: 'Katalog',
  catalogLead:
    'Modelle, die Hearth kennt, und was sie auf diesem Gerät bräuchten. Ein Download verbindet sich mit dem eingestellten Hub, wird an der veröffentlichten Prüfsumme gemessen und steht auf der Datenschutz-Seite.',
  search: 'Katalog durchsuchen',
  kindFilter: 'Art des Modells',
  anyKind: 'Jede Art',
  onlyFitting: 'Nur was auf dieses Gerät passt',
  shown: (n, all) => `${n} von ${all} Modellen`,
  kind: {
    chat: 'Gespräche und Texte',
    code: 'Programmieren',
    reasoning: 'Denkt nach, bevor es antwortet',
    small_task: 'Kurze, enge Aufgaben'
  },
  upTo: (tokens) => `bis ${tokens} Tokens Kontext`,
  manyLanguages: 'viele Sprachen',
  quality: 'Qualität',
  qualityName: { small: 'Klein', balanced: 'Ausgewogen', best: 'Beste' },
  qualityHelp: {
    small: 'Unter 4 Bit: die Antworten werden merklich schlechter. Nur wählen, wenn nichts anderes passt.',
    balanced: 'Die übliche Wahl: etwas ungenauer als das Original und viel kleiner.',
    best: 'Kaum vom Original zu unterscheiden; größer und langsamer.'
  },
  bits: (n) => `${n} Bit je Gewicht.`,
  loss: (points) =>
    `Mit Llama 3 8B von den Autoren von llama.cpp gemessen: ${points} Punkte Perplexität verloren.`,
  lossUnknown: 'Niemand hat veröffentlicht, was das an Qualität kostet.',
  fit: { fits: 'Passt', tight: 'Knapp', will_not_fit: 'Passt nicht', unknown: 'Unbekannt' },
  need: (total, weights, kv, headroom, long) =>
    `Braucht ${total} Speicher mit 4.096 Tokens Kontext: ${weights} Gewichte, ${kv} für das Gespräch, ${headroom} Reserve. Mit 16.384 Tokens: ${long}.`,
  needWithDraft: (total) => `Mit seinem Entwurf: ${total}.`,
  needUnknown: 'Was es braucht, ist erst bekannt, wenn es hier ist.',
  expected: (n) => `hier etwa ${n} Tokens/s zu erwarten`,
  speedUnknown: 'Wie schnell es hier wäre, ist nicht bekannt.',
  drafts: (names) => `Schneller, mit denselben Antworten, zusammen mit: ${names}.`,
  more: 'Speicher, Tempo, Quellen',
  source: 'Quelle',
  licence: (name) => `Lizenz: ${name}`,
  page: 'Seite des Herausgebers',
  here: 'Auf diesem Gerät',
  download: 'Herunterladen',
  downloadOf: (name) => `${name} herunterladen`,

  askKind: 'Was soll es tun?',
  askLanguage: 'In welcher Sprache?',
  askSpeed: 'Wie schnell?',
  speeds: {
    quick: 'Schneller, als ich lese',
    reading: 'So schnell, wie ich lese',
    patient: 'Lieber besser als schneller'
  },
  askGood: 'Wie gut?',
  good: { best: 'So gut, wie dieses Gerät kann', light: 'Gut, mit Platz für andere Programme' },
  recommend: 'Empfehlen',
  private: 'Alle antworten auf diesem Gerät: was Sie schreiben, bleibt hier, wie Sie auch wählen.',
  withDraft: (name) => `Mit ${name} als Entwurf: dieselben Antworten, früher.`,
  nothingFits:
    'Kein Modell des Katalogs tut das in dem Speicher, der jetzt frei ist. Schließen Sie andere Programme, oder wählen Sie ein langsameres.',

  hubTitle: 'Downloads',
  hub: 'Hub',
  hubHelp: 'Woher Modelle kommen. Leer: HF_ENDPOINT, sonst Hugging Face.',
  token: 'Zugangsschlüssel',
  tokenPaste: 'Nur für Modelle, deren Lizenz Sie angenommen haben',
  tokenHelp:
    'Wird wie andere Schlüssel verwahrt: nie in einer Datei von Hearth, nie wieder angezeigt und nur an den Hub oben gesendet.',
  proxy: 'Proxy',
  proxyHelp: 'Eine Adresse, oder „direct“ für keinen. Leer: wie es die Variablen des Systems sagen.'
};
