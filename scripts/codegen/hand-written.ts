import type { Namespace } from './catalog.js';

/**
 * Methods of Tensor that lib/tensor.ts writes by hand, on top of the operator of the same name or
 * in its place, and why. They stay in the operator table, and out of the generated interface.
 */
export const handWrittenMethods = new Map<string, string>([
  ['_version', 'a property'],
  ['data', 'a property with a setter'],
  ['dim', 'answered without the dispatcher'],
  ['indexPut', 'takes indices as Tensor.index does'],
  ['indexPut_', 'takes indices as Tensor.index does'],
  ['isContiguous', 'answered without the dispatcher'],
  ['isLeaf', 'a property'],
  ['item', 'gives a JavaScript number, bigint, boolean or Complex'],
  ['mH', 'a property'],
  ['mT', 'a property'],
  ['matrixH', 'the property H'],
  ['nonzero', 'takes asTuple, as in Python'],
  ['nonzeroNumpy', 'nonzero with asTuple'],
  ['norm', 'written on top of linalg.norm, as in Python'],
  ['numel', 'answered without the dispatcher'],
  ['numpyT', 'the property T'],
  ['outputNr', 'a property'],
  ['requiresGrad_', 'a setting of the tensor'],
  ['retainGrad', 'a setting of the tensor'],
  ['retainsGrad', 'a property'],
  ['set_', 'takes storages too'],
  ['to', "Python's own choice among dtype, device and another tensor"],
]);

/**
 * Functions of `torch` that Python (torch/functional.py), and so sconce (lib/functional.ts), writes
 * on top of the operator of the same name: what theirs adds. `torch.stft` and `torch.istft` are
 * written there too, but add nothing to the operator.
 */
export const writtenOnTop = new Map<string, string>([
  ['atleast1d', 'takes any number of tensors'],
  ['atleast2d', 'takes any number of tensors'],
  ['atleast3d', 'takes any number of tensors'],
  ['blockDiag', 'takes any number of tensors'],
  ['broadcastTensors', 'takes any number of tensors'],
  ['cartesianProd', 'takes any number of tensors'],
  ['cdist', 'names computeMode by a string'],
  ['chainMatmul', 'takes any number of tensors'],
  ['einsum', 'takes any number of tensors, and sublists in place of an equation'],
  ['meshgrid', 'takes any number of tensors'],
  ['nonzero', 'takes asTuple'],
  ['norm', 'computes through torch.linalg'],
  ['sparseBscTensor', 'takes nested arrays, and the dtype of its values'],
  ['sparseBsrTensor', 'takes nested arrays, and the dtype of its values'],
  ['sparseCompressedTensor', 'takes nested arrays, and the dtype of its values'],
  ['sparseCooTensor', 'takes nested arrays, and the dtype of its values'],
  ['sparseCscTensor', 'takes nested arrays, and the dtype of its values'],
  ['sparseCsrTensor', 'takes nested arrays, and the dtype of its values'],
  ['split', 'calls its second parameter splitSizeOrSections'],
  ['tensordot', 'takes a number of dimensions'],
  ['uniqueConsecutive', 'gives only the results that were asked for'],
]);

/** Names that Python's C binding or class has and the schema file lacks, and what becomes of them. */
interface PythonOnly {
  reason: string;
  names: string[];
}

const words = (text: string) => text.trim().split(/\s+/);

/**
 * Python's names that no schema stands behind. Names that begin with an underscore are Python's
 * own business and are not listed.
 */
export const pythonOnly: Partial<Record<Namespace, PythonOnly[]>> = {
  torch: [
    {
      reason: 'made from values of JavaScript, written by hand: lib/creation.ts',
      names: words('as_tensor asarray tensor'),
    },
    {
      reason: "fromTypedArray and fromArrayBuffer take JavaScript's values in their place",
      names: words('from_numpy frombuffer'),
    },
    {
      reason: 'a member of Tensor, written by hand as a function too: lib/functional.ts',
      names: words('get_device numel'),
    },
    {
      reason: 'a second name of a sparse product: mm, hspmm, sspaddmm',
      names: words('dsmm hsmm saddmm spmm'),
    },
  ],
  nested: [{ reason: 'made from values of JavaScript', names: ['nested_tensor'] }],
  Tensor: [
    {
      reason: 'a property, written by hand',
      names: words(`H T device dtype grad grad_fn imag is_cpu is_cuda is_meta is_mkldnn is_mps
        is_nested is_quantized is_sparse is_sparse_csr is_xpu itemsize layout nbytes ndim real requires_grad shape`),
    },
    {
      reason: 'of a device, backend or kind of tensor that sconce does not reach',
      names: words(`ipu is_ipu is_maia is_mtia is_vulkan is_xla mtia name volatile xpu`),
    },
    {
      reason: 'a conversion, written by hand on top of `to`',
      names: words(`bfloat16 bool byte cdouble cfloat char cpu cuda double float half int long short
        type`),
    },
    {
      reason: 'answered without the dispatcher, written by hand',
      names: words('element_size ndimension nelement size stride tolist'),
    },
    {
      reason: 'written by hand on top of strides, storages and elements',
      names: words('apply_ data_ptr dim_order map2_ map_ untyped_storage'),
    },
    {
      reason: 'autograd, written by hand',
      names: words('backward register_hook'),
    },
    {
      reason: 'autograd, written by hand',
      names: words('grad_dtype register_post_accumulate_grad_hook'),
    },
    {
      reason: 'raises an error in Python too',
      names: ['reinforce'],
    },
    {
      reason: 'written in Python on top of other operators, and by hand here',
      names: words('index new_tensor to_sparse_coo unique unique_consecutive'),
    },
    {
      reason: 'concerns storages, which JavaScript sees as typed arrays',
      names: words('const_data_ptr is_shared share_memory_ storage storage_type'),
    },
    {
      reason: 'concerns objects of Python or NumPy',
      names: words('as_subclass module_load new numpy'),
    },
    {
      reason: 'gone from PyTorch: Python raises an error or a deprecation warning',
      names: words('eig lstsq lu resize resize_as solve symeig'),
    },
  ],
};
