import type { CatalogModel, DownloadView, FoundModel, ModelRecord, ModelView } from '$lib/backend/api';
import { t } from '$lib/i18n/i18n.svelte';
import type { App } from './app.svelte';

/** Models that can be had, are on their way, or were found; filled when the Models page is shown. */
export class Shelf {
  catalog = $state.raw<CatalogModel[] | null>(null);
  downloads = $state.raw<DownloadView[]>([]);
  records = $state.raw<ModelRecord[]>([]);
  found = $state.raw<FoundModel[]>([]);

  constructor(readonly app: App) {}

  /** Reads everything anew. */
  async refresh(): Promise<void> {
    const { backend } = this.app;
    await Promise.all([
      this.app.attempt(() => backend.catalogList()).then((all) => (this.catalog = all ?? this.catalog)),
      this.app.attempt(() => backend.downloadList()).then((all) => (this.downloads = all ?? this.downloads)),
      this.app.attempt(() => backend.modelRecords()).then((all) => (this.records = all ?? this.records)),
      this.app.attempt(() => backend.modelFind()).then((all) => (this.found = all ?? this.found))
    ]);
  }

  /** A download that ended changes what is installed. */
  receive(downloads: DownloadView[]): void {
    const ended = (all: DownloadView[]): number => all.filter((d) => d.state.state === 'done').length;
    const changed = ended(downloads) !== ended(this.downloads);
    this.downloads = downloads;
    if (changed && this.catalog) void this.refresh();
  }

  record(id: string): ModelRecord | undefined {
    return this.records.find((record) => record.id === id);
  }

  async remove(model: ModelView): Promise<void> {
    const done = await this.app.attempt(() => this.app.backend.modelRemove(model.id).then(() => true));
    if (!done) return;
    this.app.notices.done(t().shelf.removed(model.name), () => {
      void this.app.attempt(() => this.app.backend.modelUndoRemove(model.id)).then(() => this.refresh());
    });
    await this.refresh();
  }

  async verify(model: ModelView): Promise<void> {
    const verdict = await this.app.attempt(() => this.app.backend.modelVerify(model.id));
    if (verdict === 'changed') this.app.notices.say(t().shelf.verdict.changed(model.name));
    else if (verdict) this.app.notices.done(t().shelf.verdict[verdict](model.name));
  }

  async useInPlace(found: FoundModel): Promise<void> {
    await this.app.addModelFile(found.path);
    this.found = this.found.filter((other) => other.path !== found.path);
  }
}
