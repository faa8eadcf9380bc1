import type { Effort, ThinkingMode } from '$lib/backend/api';

export const THINKING_MODES: ThinkingMode[] = ['automatic', 'on', 'off'];
export const EFFORTS: Effort[] = ['low', 'medium', 'high'];
