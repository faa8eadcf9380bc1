export class FakeBackend {
  static seeded(): never { throw new Error('todo'); }
}
