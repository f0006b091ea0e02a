import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import torch, { type Tensor, utils, ValueError } from 'sconce';

const { checkpoint, CheckpointError, noopContextFn, setCheckpointDebugEnabled } = utils.checkpoint;
const source = readFileSync(fileURLToPath(import.meta.url), 'utf8').split('\n');
const lineOf = (mark: string) => source.findIndex((line) => line.includes(`// ${mark}`)) + 1;

/** A function that saves other tensors when it runs again. */
function changing(): (x: Tensor) => Tensor {
  let runs = 0;
  return (x) => {
    const y = x.sin(); // both
    if (runs++ === 0) return y.exp(); // forward only
    return y.sum(0, { keepdim: true }).cos(); // recomputation only
  };
}

/** The message of the error that backward throws. */
function messageOf(debug: boolean): string {
  const x = torch.ones(2, { requiresGrad: true });
  const y = checkpoint(changing(), x, { useReentrant: false, debug });
  try {
    y.sum().backward();
  } catch (error) {
    if (error instanceof CheckpointError) return error.message;
    throw error;
  }
  throw new Error('backward did not throw');
}

test.serial('debug tells which lines saved tensors, in both passes', (t) => {
  const [whatDiffers, forward = '', recomputation = ''] = messageOf(true).split('\n\n');
  t.regex(whatDiffers as string, /different metadata than during the forward pass/);
  t.regex(forward, /^Tensors that the original forward saved:\n1 of 2: shape \[2\], dtype/);
  t.regex(recomputation, /^Tensors that the recomputation saved:\n1 of 2: shape \[2\], dtype/);
  const here = (mark: string) => `checkpoint-debug.test.ts:${lineOf(mark)}:`;
  t.true(forward.includes(here('both')));
  t.true(forward.includes(here('forward only')));
  t.false(forward.includes(here('recomputation only')));
  t.true(recomputation.includes(here('both')));
  t.true(recomputation.includes(here('recomputation only')));
  t.false(recomputation.includes(here('forward only')));
});

test.serial('without it, errors are short; a setting for all overrides it', (t) => {
  const long = /Tensors that the original forward saved/;
  t.notRegex(messageOf(false), long);
  setCheckpointDebugEnabled(true, () => {
    t.regex(messageOf(false), long);
    setCheckpointDebugEnabled(null, () => t.notRegex(messageOf(false), long));
  });
  setCheckpointDebugEnabled(false, () => t.notRegex(messageOf(true), long));
  t.regex(messageOf(true), long);
});

test.serial('debug changes no gradients, and goes not with contextFn', (t) => {
  const x = torch.tensor([0.5, 1], { requiresGrad: true });
  const f = (z: Tensor) => z.sin().exp();
  checkpoint(f, x, { useReentrant: false, debug: true }).sum().backward();
  const expected = x.detach().sin().exp().mul(x.detach().cos());
  torch.testing.assertClose(x.grad as Tensor, expected);
  const both = { useReentrant: false, debug: true, contextFn: noopContextFn };
  t.throws(() => checkpoint(f, x, both), { instanceOf: ValueError, message: /incompatible/ });
  t.throws(() => checkpoint(f, x, { useReentrant: true, debug: true }), { instanceOf: ValueError });
  t.throws(() => checkpoint(f, x, { useReentrant: false, debug: 1 as never }), {
    instanceOf: TypeError,
  });
  t.throws(() => setCheckpointDebugEnabled(1 as never), { instanceOf: TypeError });
});
