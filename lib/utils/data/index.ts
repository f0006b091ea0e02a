export { type Collated, type Converted, defaultCollate, defaultConvert } from './collate.js';
export { DataLoader, type DataLoaderConstructor, type DataLoaderOptions } from './dataloader.js';
export {
  ChainDataset,
  ConcatDataset,
  Dataset,
  IterableDataset,
  randomSplit,
  StackDataset,
  Subset,
  TensorDataset,
} from './dataset.js';
export type { AnyDataset, MapDataset, SampleOf } from './fetch.js';
export {
  BatchSampler,
  RandomSampler,
  Sampler,
  SequentialSampler,
  SubsetRandomSampler,
  WeightedRandomSampler,
} from './sampler.js';
