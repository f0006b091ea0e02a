import { fileURLToPath } from 'node:url';

/** The root of the repository; workers are run there, and never import this. */
export const root = fileURLToPath(new URL('../..', import.meta.url));
