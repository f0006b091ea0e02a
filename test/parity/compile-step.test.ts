import test from 'ava';
import torch, { Tensor } from 'sconce';
import { treeFlatten } from '../../lib/utils/pytree.js';
import { cases, type ModuleCase, prepare } from '../_helpers/module-info.js';

torch.setNumThreads(1);

/** The modules of which samples cannot be replayed, and why. */
const refused: Record<string, RegExp> = {
  // An average over all batches divides by how many there were, as a number.
  BatchNorm1d: /reads the value/,
  BatchNorm2d: /reads the value/,
  BatchNorm3d: /reads the value/,
  GaussianNLLLoss: /reads the value/,
  LinearCrossEntropyLoss: /depends on data aten::masked_select/,
  CTCLoss: /depends on data aten::_ctc_loss/,
  // Whether a mask is the causal one is found out by comparing.
  TransformerEncoder: /reads the value of a tensor aten::equal/,
  Transformer: /reads the value of a tensor aten::equal/,
};

const tensors = (value: unknown) =>
  treeFlatten(value)[0].filter((leaf): leaf is Tensor => leaf instanceof Tensor);

const isSame = (a: Tensor, b: Tensor) =>
  a.dtype === b.dtype &&
  String(a.shape) === String(b.shape) &&
  torch.allclose(a, b, { rtol: 0, atol: 0, equalNan: true });

/** What differs between eager calls of a sample's module and replays of it, backward included. */
function run(sample: ModuleCase): { fault?: string; refusal?: string } {
  const { module, inputs } = prepare(sample);
  const call = (...args: unknown[]) => {
    module.zeroGrad();
    const results = tensors((module as unknown as (...args: unknown[]) => unknown)(...args));
    const loss = results
      .filter((result) => result.requiresGrad && result.dtype.isFloatingPoint)
      .map((result) => result.sum());
    if (loss.length > 0) torch.stack(loss).sum().backward();
    const grads = [...module.parameters()].map((parameter) => parameter.grad);
    return [...results, ...grads.filter((grad) => grad !== null)];
  };
  const seed = () => torch.manualSeed(7);
  // Lazy modules take their shape.
  (module as unknown as (...args: unknown[]) => unknown)(...inputs);
  const state = Object.entries(module.stateDict()).map(
    ([key, value]) => [key, (value as Tensor).clone()] as const,
  );
  const reset = () => {
    torch.noGrad(() => {
      const own = module.stateDict() as Record<string, Tensor>;
      for (const [key, value] of state) own[key]?.copy_(value);
    });
    seed();
  };
  reset();
  const expected = call(...inputs);
  const after = Object.values(module.stateDict()).map((value) => (value as Tensor).clone());
  const step = torch.compileStep(call);
  for (let i = 0; i < 4; i++) {
    reset();
    const actual = step.sync(...inputs);
    const [refusal] = step.refusals;
    if (refusal) return { refusal: `${refusal.reason} ${refusal.op}` };
    const differs = actual.findIndex(
      (tensor, k) => !isSame(tensor, (expected[k] as Tensor).detach()),
    );
    if (differs >= 0) return { fault: `call ${i}: result ${differs}` };
    const stale = Object.values(module.stateDict()).findIndex(
      (value, k) => !isSame(value as Tensor, after[k] as Tensor),
    );
    if (stale >= 0) return { fault: `call ${i}: state ${stale}` };
  }
  return step.tapes.length === 1 ? {} : { fault: 'no tape' };
}

const names = [...new Set(cases.map(({ module }) => module))];

for (const name of names) {
  test.serial(`replays of ${name} equal eager calls to the bit`, (t) => {
    for (const [i, sample] of cases.filter(({ module }) => module === name).entries()) {
      const { fault, refusal } = run(sample);
      t.is(fault, undefined, `sample ${i}`);
      if (refusal !== undefined) t.regex(refusal, refused[name] ?? /never/, `sample ${i}`);
    }
  });
}
