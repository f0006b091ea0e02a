/** Extra facts that an error carries beside its message. */
export interface TorchErrorInfo {
  /** A stable identifier, such as `ERR_DISPOSED`. */
  code?: string;
  /** The operator that failed, such as `aten::add`. */
  op?: string;
  cause?: unknown;
}

/**
 * What libtorch or sconce throws when a call cannot be done; PyTorch's `RuntimeError`.
 *
 * @example
 * ```ts
 * try {
 *   torch.mm(torch.zeros(2, 3), torch.zeros(2, 3));
 * } catch (error) {
 *   if (error instanceof torch.TorchError) console.log(error.op, error.message);
 * }
 * ```
 * @see https://pytorch.org/cppdocs/api/classc10_1_1_error.html
 */
export class TorchError extends Error {
  override name = 'TorchError';
  readonly code: string;
  readonly op: string | undefined;

  constructor(message: string, info: TorchErrorInfo = {}) {
    super(message, info.cause === undefined ? undefined : { cause: info.cause });
    this.code = info.code ?? 'ERR_TORCH';
    this.op = info.op;
  }
}

/**
 * An index or a dimension is out of range; Python's `IndexError`.
 *
 * @example
 * ```ts
 * torch.zeros(2, 3)[2]; // throws IndexError
 * ```
 */
export class IndexError extends TorchError {
  override name = 'IndexError';
}

/**
 * The type is right and the value is not; Python's `ValueError`.
 *
 * @example
 * ```ts
 * torch.device('gpu'); // throws ValueError: invalid device 'gpu'
 * ```
 */
export class ValueError extends TorchError {
  override name = 'ValueError';
}

/**
 * libtorch has no such operation for these inputs; Python's `NotImplementedError`.
 *
 * @example
 * ```ts
 * new nn.ModuleList().forward(x); // throws NotImplementedError
 * ```
 */
export class NotImplementedError extends TorchError {
  override name = 'NotImplementedError';
}

/**
 * A linear algebra routine failed, for a singular matrix say; `torch.linalg.LinAlgError`.
 *
 * @example
 * ```ts
 * torch.linalg.inv(torch.zeros(2, 2)); // throws LinAlgError
 * ```
 */
export class LinAlgError extends TorchError {
  override name = 'LinAlgError';
}

/**
 * No memory is left on the device; `torch.OutOfMemoryError`.
 *
 * @example
 * ```ts
 * try {
 *   torch.zeros(2 ** 40, { device: 'cuda' });
 * } catch (error) {
 *   if (!(error instanceof torch.OutOfMemoryError)) throw error;
 * }
 * ```
 */
export class OutOfMemoryError extends TorchError {
  override name = 'OutOfMemoryError';
}
