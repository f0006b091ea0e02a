import type { Weights } from '../weights.js';

/** A side of an image, and its pixels: bytes, 0 for paper and 255 for ink, as in MNIST. */
export const SIDE = 28;
export const PIXELS = SIDE * SIDE;

export const CLASSES = 10;

/** What the prediction thread is told: other weights, or images to look at, `[N, 28, 28]`. */
export type PredictionOrder =
  | { type: 'weights'; weights: Weights }
  | { type: 'predict'; images: Uint8Array<ArrayBuffer> };

/** What it answers: the probability of each digit, `[N, 10]`, by the model after that step. */
export interface PredictionAnswer {
  job: number;
  step: number;
  probabilities: Float32Array<ArrayBuffer>;
}
