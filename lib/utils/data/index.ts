/**
 * Datasets, samplers and the DataLoader; Python's `torch.utils.data`.
 *
 * @see https://pytorch.org/docs/stable/data.html
 * @module
 */
export { type Collated, type Converted, defaultCollate, defaultConvert } from './collate.js';
export { DataLoader, type DataLoaderConstructor, type DataLoaderOptions } from './dataloader.js';
export {
  ChainDataset,
  ConcatDataset,
  Dataset,
  IterableDataset,
  randomSplit,
  StackDataset,
  type StackedSample,
  Subset,
  TensorDataset,
} from './dataset.js';
export type { AnyDataset, IndexedDataset, MapDataset, SampleOf } from './fetch.js';
export {
  BatchSampler,
  RandomSampler,
  Sampler,
  SequentialSampler,
  SubsetRandomSampler,
  WeightedRandomSampler,
} from './sampler.js';
