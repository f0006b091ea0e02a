import { readFileSync } from 'node:fs';
import test from 'ava';
import torch, { nn, optim } from 'sconce';
import { camelCase } from '../../lib/naming.js';

const golden: { names: Record<string, string[]> } = JSON.parse(
  readFileSync(new URL('../golden/package-names.json', import.meta.url), 'utf8'),
);

const derived = 'a class derived from Tensor, which operators give back in Python';
const dispatched = 'sees each operator below autograd, by a mode of its dispatcher in Python';
const compiled = 'of torch.compile';
const streams = "of a GPU's streams";
const reentrant = "a part of the older way to checkpoint, which is Python's own business";

// Names of Python's that sconce does not have, and why.
const without: Record<string, Record<string, string>> = {
  autograd: {
    NestedIOFunction: 'left from before 0.4',
    Variable: 'left from before 0.4: a Tensor',
    enforce_grad_layout_policy: 'a hint about the strides of gradients, new in libtorch 2.13',
    grad_mode: 'a module of Python: noGrad and its kin are functions of torch',
    variable: 'left from before 0.4',
  },
  'autograd.forward_ad': { UnpackedDualTensor: 'a type: what unpackDual returns' },
  'autograd.graph': {
    region_activation_memory_budget: compiled,
    set_override_stale_capture_stream: streams,
    set_warn_on_accumulate_grad_stream_mismatch: streams,
  },
  'distributions.constraints': { dependent_property: 'a getter of a class' },
  'distributions.Distribution': { sample_n: 'deprecated for sample' },
  fft: { Tensor: 'of torch' },
  linalg: { LinAlgError: 'of torch' },
  masked: {
    MaskedTensor: derived,
    as_masked_tensor: derived,
    is_masked_tensor: derived,
    masked_tensor: derived,
  },
  nested: {
    masked_select: `gives a jagged tensor: ${derived}`,
    nested_tensor_from_jagged: `gives a jagged tensor: ${derived}`,
  },
  nn: { factory_kwargs: "a helper of Python's keyword arguments" },
  'nn.functional': {
    assert_int_or_pair: 'of TorchScript',
    has_torch_function: "Python's protocol for classes derived from Tensor",
    has_torch_function_unary: "Python's protocol for classes derived from Tensor",
    has_torch_function_variadic: "Python's protocol for classes derived from Tensor",
  },
  'optim.Optimizer': {
    OptimizerPostHook: 'a type',
    OptimizerPreHook: 'a type',
    profile_hook_step: "Python's profiler",
  },
  sparse: {
    SparseSemiStructuredTensor: derived,
    SparseSemiStructuredTensorCUSPARSELT: derived,
    SparseSemiStructuredTensorCUTLASS: derived,
    check_sparse_tensor_invariants: 'every sparse tensor is checked as it is made',
    solve: 'raises an error in Python too: torch.linalg.solve',
    to_sparse_semi_structured: derived,
  },
  testing: { FileCheck: compiled, assert_allclose: 'deprecated for assert_close' },
  'utils.checkpoint': {
    CheckpointFunction: reentrant,
    CheckpointPolicy: dispatched,
    DefaultDeviceType: reentrant,
    GraphExecGroup: 'of torch.distributed',
    SAC_IGNORED_OPS: dispatched,
    SelectiveCheckpointContext: dispatched,
    check_backward_validity: reentrant,
    create_selective_checkpoint_contexts: dispatched,
    detach_variable: reentrant,
    get_device_states: reentrant,
    set_device_states: reentrant,
  },
};

const owners: Record<string, object> = {
  amp: torch.amp,
  autograd: torch.autograd,
  'autograd.forward_ad': torch.autograd.forwardAd,
  'autograd.functional': torch.autograd.functional,
  'autograd.graph': torch.autograd.graph,
  distributions: torch.distributions,
  'distributions.constraints': torch.distributions.constraints,
  fft: torch.fft,
  func: torch.func,
  linalg: torch.linalg,
  masked: torch.masked,
  nested: torch.nested,
  nn,
  'nn.functional': nn.functional,
  'nn.init': nn.init,
  optim,
  'optim.lr_scheduler': optim.lrScheduler,
  'optim.swa_utils': optim.swaUtils,
  'signal.windows': torch.signal.windows,
  sparse: torch.sparse,
  special: torch.special,
  testing: torch.testing,
  'utils.checkpoint': torch.utils.checkpoint,
  'amp.GradScaler': torch.amp.GradScaler.prototype,
  'distributions.Distribution': new torch.distributions.Normal(0, 1),
  'distributions.Transform': new torch.distributions.ExpTransform(),
  'optim.Optimizer': new optim.SGD([torch.ones(1)]),
  'optim.lr_scheduler.LRScheduler': optim.lrScheduler.StepLR.prototype,
};

test('every package is looked at', (t) => {
  t.deepEqual(Object.keys(owners), Object.keys(golden.names));
  t.deepEqual(
    Object.keys(without).filter((owner) => !(owner in owners)),
    [],
  );
});

for (const [owner, names] of Object.entries(golden.names)) {
  test(`every name of torch.${owner} is here, or has its reason, and not both`, (t) => {
    const found = owners[owner] as object;
    const reasons = without[owner] ?? {};
    const isHere = (name: string) => name in found || name in (found.constructor ?? {});
    const absent = names.filter((name) => !isHere(camelCase(name)));
    t.deepEqual(absent, Object.keys(reasons).toSorted());
  });
}
