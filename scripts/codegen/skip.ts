import type { NativeFunction } from './schema.js';
import { cppName } from './signatures.js';

/** Functions of the schema file that get no name of their own, and why. */
interface Skip {
  /** Patterns that the whole C++ name of the function must match. */
  names: string[];
  reason: string;
}

/**
 * Everything here can still be called as `torch.ops.aten.NAME`. PyTorch's own generator leaves
 * nearly all of these out too, so no Python script names them.
 */
const skips: Skip[] = [
  {
    names: ['.*_backward', '.*_backward_(out|input|weight|bias)', '.*_jvp'],
    reason: 'a derivative: autograd calls it, PyTorch binds no Python name',
  },
  {
    names: ['.*_forward', '.*_forward_out', '_thnn_.*', '.*_overrideable'],
    reason: 'a kernel behind a public function; PyTorch binds no Python name',
  },
  {
    names: [
      '_cholesky.*',
      '_unsafe_view',
      '_reshape_alias',
      '_reshape_copy',
      '_to_copy',
      'unique_dim_consecutive',
      '_local_scalar_dense',
      'copy_sparse_to_sparse_',
      '_batch_norm_(with|no)_update(_out)?',
      'fake_quantize_per_(tensor|channel)_affine_cachemask',
    ],
    reason: 'an implementation detail of another function; PyTorch binds no Python name',
  },
  {
    names: ['_fw_primal', '_new_zeros_with_same_feature_meta', '_has_same_storage_numel'],
    reason: 'a step of forward-mode differentiation; PyTorch binds no Python name',
  },
  {
    names: ['lift.*', 'copy', '_foreach_copy', 'normal_functional', 'alias'],
    reason: 'made for the functionalization pass; PyTorch binds no Python name',
  },
  {
    names: ['_sparse_\\w+_tensor_(unsafe|with_dims|with_dims_and_tensors)(_out)?'],
    reason: 'a constructor without checks, behind torch.sparseCooTensor and its kin',
  },
  {
    names: ['size', 'stride'],
    reason: 'Tensor.size and Tensor.stride are written by hand: they need no dispatch',
  },
  {
    names: ['sym_(size|stride|numel|storage_offset|is_contiguous)'],
    reason: 'a size for symbolic tracing; the method without `sym_` serves',
  },
  {
    names: ['__\\w+__'],
    reason: "Python's operator protocol; JavaScript does not overload operators: bitwiseAnd, ...",
  },
  {
    names: ['slice'],
    reason: "Python writes x[a:b:c], and so does sconce: x['a:b:c']",
  },
  {
    names: ['index', 'index_out'],
    reason: 'Python writes x[...]; Tensor.index is written by hand on torch.ops.aten.index',
  },
  {
    names: ['set_data'],
    reason: 'the setter of Tensor.data, which is written by hand',
  },
];

const compiled = skips.map(({ names, reason }) => ({
  pattern: new RegExp(`^(?:${names.join('|')})$`),
  reason,
}));

/** Types of the schema language that no value of JavaScript stands for. */
const unsupportedTypes = new Set(['Storage', 'Stream', 'QScheme']);

/** Why the function gets no name of its own, or undefined where it gets one. */
export function skipReason({ schema }: NativeFunction): string | undefined {
  const name = cppName(schema);
  const reason = compiled.find(({ pattern }) => pattern.test(name))?.reason;
  if (reason) return reason;
  const types = [...schema.arguments, ...schema.results].map(({ type }) => type.base);
  const unsupported = types.find((type) => unsupportedTypes.has(type));
  return unsupported && `sconce has no value of the type ${unsupported}`;
}

/** The patterns that match none of these functions, and so say nothing. */
export function unusedPatterns(functions: NativeFunction[]): string[] {
  const names = functions.map(({ schema }) => cppName(schema));
  return skips
    .flatMap(({ names: patterns }) => patterns)
    .filter((pattern) => !names.some((name) => new RegExp(`^(?:${pattern})$`).test(name)));
}
