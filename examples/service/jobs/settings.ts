import type { FromSchema } from 'json-schema-to-ts';

/** How many images an epoch goes through. */
export const TRAINING_IMAGES = 60_000;

/** What a job may be asked to do. Whoever sends no more than `{}` gets these defaults. */
export const settingsSchema = {
  type: 'object',
  properties: {
    epochs: { type: 'integer', minimum: 1, maximum: 20, default: 5 },
    batchSize: { type: 'integer', minimum: 1, maximum: 1024, default: 16 },
    lr: { type: 'number', exclusiveMinimum: 0, maximum: 10, default: 0.01 },
    momentum: { type: 'number', minimum: 0, exclusiveMaximum: 1, default: 0.9 },
    seed: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0 },
    /** Stops earlier, after so many steps; null goes through all epochs. */
    maxSteps: { type: ['integer', 'null'], minimum: 1, maximum: 10_000_000, default: null },
    /** Steps between two looks at a thousand of the test images. */
    evaluateEvery: { type: 'integer', minimum: 10, maximum: 100_000, default: 250 },
  },
  additionalProperties: false,
} as const;

export type Settings = FromSchema<typeof settingsSchema>;

/** How many steps a job takes, if nothing stops it. */
export function stepsOf({ epochs, batchSize, maxSteps }: Settings): number {
  const all = epochs * Math.ceil(TRAINING_IMAGES / batchSize);
  return Math.min(all, maxSteps ?? all);
}
