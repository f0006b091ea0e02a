/**
 * Learning rates that change; Python's `torch.optim.lr_scheduler`.
 *
 * @see https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate
 * @module
 */
export { ChainedScheduler, SequentialLR } from './combined.js';
export { CosineAnnealingLR, CosineAnnealingWarmRestarts } from './cosine-annealing-lr.js';
export { CyclicLR, type CyclicLROptions } from './cyclic-lr.js';
export { LambdaLR, type LambdaLROptions, type LrLambda, MultiplicativeLR } from './lambda-lr.js';
export { ConstantLR, LinearLR, PolynomialLR } from './linear-lr.js';
export { LRScheduler, type SchedulerStateDict } from './lr-scheduler.js';
export { OneCycleLR, type OneCycleLROptions } from './one-cycle-lr.js';
export { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from './reduce-lr-on-plateau.js';
export { ExponentialLR, MultiStepLR, StepLR } from './step-lr.js';
