export { FakeBackend } from './fake';
export type { Script } from './fake';
