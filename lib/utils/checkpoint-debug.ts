import { ModeGuard, within } from '../grad-mode.js';
import { userStack } from '../user-stack.js';

let debugOfAll: boolean | null = null;

/** What {@link setCheckpointDebugEnabled} has set, or what a checkpoint was given. @internal */
export function isCheckpointDebugged(own = false): boolean {
  return debugOfAll ?? own;
}

/**
 * Whether the errors of all checkpoints that are made in `body` tell where tensors were saved,
 * whatever their own option `debug` says; null leaves it to that. Without `body`, returns a guard.
 *
 * @example
 * ```ts
 * const a = torch.ones(2, { requiresGrad: true });
 * const { checkpoint, setCheckpointDebugEnabled } = utils.checkpoint;
 * const y = setCheckpointDebugEnabled(true, () =>
 *   checkpoint((x: Tensor) => x.exp().sum(), a, { useReentrant: false }),
 * );
 * y.backward();
 * ```
 * @see https://pytorch.org/docs/stable/checkpoint.html#torch.utils.checkpoint.set_checkpoint_debug_enabled
 */
export function setCheckpointDebugEnabled(enabled: boolean | null): ModeGuard;
export function setCheckpointDebugEnabled<R>(enabled: boolean | null, body: () => R): R;
export function setCheckpointDebugEnabled<R>(
  enabled: boolean | null,
  body?: () => R,
): R | ModeGuard {
  if (enabled !== null && typeof enabled !== 'boolean') {
    throw new TypeError(
      `setCheckpointDebugEnabled() takes a boolean or null, got ${typeof enabled}`,
    );
  }
  const before = debugOfAll;
  debugOfAll = enabled;
  const guard = new ModeGuard(() => {
    debugOfAll = before;
  });
  return within(guard, body);
}

/** Where the tensors of a checkpoint were saved, in either pass. @internal */
export class SaveLog {
  readonly forward: string[] = [];
  recomputation: string[] = [];

  /** What is told of a save: the tensor, and the lines of the user's that led to it. */
  static entry(tensor: string): string {
    return `${tensor}\n${userStack().join('\n')}`;
  }

  toString(): string {
    const list = (title: string, entries: readonly string[]) =>
      [
        `${title}:`,
        ...entries.map((one, i) => `${i + 1} of ${entries.length}: ${one}`),
        ...(entries.length === 0 ? ['none'] : []),
      ].join('\n');
    return `${list('Tensors that the original forward saved', this.forward)}\n\n${list('Tensors that the recomputation saved', this.recomputation)}`;
  }
}
