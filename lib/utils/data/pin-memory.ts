import { isAvailable } from '../../cuda/index.js';
import { isPlainObject } from '../../options.js';
import { Tensor } from '../../tensor.js';
import { warn } from '../../warnings.js';

/** The batch with its tensors in page-locked memory; as it is where there is no accelerator. */
export function pinMemory(batch: unknown): unknown {
  if (isAvailable()) return pin(batch);
  warn('DataLoader: pinMemory is set and there is no accelerator, so batches are not pinned');
  return batch;
}

function pin(value: unknown): unknown {
  if (value instanceof Tensor) return value.pinMemory();
  if (Array.isArray(value)) return value.map(pin);
  if (isPlainObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, pin(part)]));
  }
  if (value instanceof Map) return new Map([...value].map(([key, part]) => [key, pin(part)]));
  return canPin(value) ? value.pinMemory() : value;
}

/** Whether it knows itself how to be pinned, as packed sequences do. */
function canPin(value: unknown): value is { pinMemory(): unknown } {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { pinMemory?: unknown }).pinMemory === 'function'
  );
}
