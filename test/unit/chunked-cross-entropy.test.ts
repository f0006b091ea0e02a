import { readFileSync } from 'node:fs';
import test from 'ava';
import torch, { type DType, nn, type Tensor, TorchError } from 'sconce';

const golden = JSON.parse(
  readFileSync(new URL('../golden/chunked-cross-entropy.json', import.meta.url), 'utf8'),
);
const { linearCrossEntropy } = nn.functional;
const target = torch.tensor(golden.target, { dtype: torch.int64 });

torch.setNumThreads(1);

function inputsOf(dtype: DType) {
  const of = (name: string, requiresGrad: boolean) =>
    torch.tensor(golden.tensors[name]).to(dtype).requiresGrad_(requiresGrad);
  return {
    input: of('input', true),
    linearWeight: of('linearWeight', true),
    linearBias: of('linearBias', true),
    weight: of('weight', false),
  };
}

for (const { dtype, policy, reduction, loss, grads } of golden.cases) {
  test(`${dtype}, ${policy}, ${reduction}: losses and gradients round as Python's`, (t) => {
    const type = torch[dtype as 'float32'];
    const { input, linearWeight, linearBias, weight } = inputsOf(type);
    const ours = linearCrossEntropy(input, linearWeight, target, {
      linearBias,
      weight,
      reduction,
      ignoreIndex: -1,
      options: new nn.LinearCrossEntropyOptions({
        accPolicy: policy,
        accDtype: torch.float32,
        batchChunkSize: 4,
      }),
    });
    ours.backward(reduction === 'none' ? torch.arange(1, 7).to(type) : null);
    const rtol = { float16: 1e-3, bfloat16: 8e-3, float32: 1e-5 }[dtype as 'float32'];
    const options = { rtol, atol: 1e-6 };
    t.is(ours.dtype, type);
    torch.testing.assertClose(ours.detach(), torch.tensor(loss).to(type), options);
    for (const [i, leaf] of [input, linearWeight, linearBias].entries()) {
      torch.testing.assertClose(leaf.grad as Tensor, torch.tensor(grads[i]).to(type), options);
    }
  });
}

test('the backward pass of a sum runs once, or as often as it is allowed to', (t) => {
  const { input, linearWeight } = inputsOf(torch.float32);
  const lossOf = (allowRetainGraph: boolean) =>
    linearCrossEntropy(input, linearWeight, target, {
      reduction: 'sum',
      ignoreIndex: -1,
      options: new nn.LinearCrossEntropyOptions({ allowRetainGraph }),
    });
  const once = lossOf(false);
  once.backward({ retainGraph: true });
  t.throws(() => once.backward(), { instanceOf: TorchError, message: /allowRetainGraph/ });
  const single = (input.grad as Tensor).clone();
  input.grad = null;
  const twice = lossOf(true);
  twice.backward({ retainGraph: true });
  twice.backward();
  torch.testing.assertClose(input.grad as unknown as Tensor, single.mul(2));
});

for (const reduction of ['sum', 'none'] as const) {
  test(`under vmap, ${reduction} is that of each sample`, (t) => {
    const { linearWeight } = inputsOf(torch.float32);
    const inputs = torch
      .arange(2 * 6 * 3)
      .view(2, 6, 3)
      .sin();
    const loss = (input: Tensor) =>
      linearCrossEntropy(input, linearWeight.detach(), target, {
        reduction,
        ignoreIndex: -1,
        options: new nn.LinearCrossEntropyOptions({ batchChunkSize: 4 }),
      });
    const expected = torch.stack([...inputs].map(loss));
    torch.testing.assertClose(torch.vmap(loss)(inputs), expected);
    t.deepEqual(expected.shape, reduction === 'sum' ? [2] : [2, 6]);
  });
}

test('a batch of no rows, and one row', (t) => {
  const { linearWeight } = inputsOf(torch.float32);
  const options = new nn.LinearCrossEntropyOptions();
  const none = [torch.empty(0, 3), linearWeight, torch.empty([0], { dtype: torch.int64 })] as const;
  t.is(linearCrossEntropy(...none, { reduction: 'sum', options }).item(), 0);
  t.is(linearCrossEntropy(...none, { options }).item(), Number.NaN);
  const one = [torch.ones(3), linearWeight, torch.tensor(2n)] as const;
  for (const reduction of ['none', 'mean'] as const) {
    torch.testing.assertClose(
      linearCrossEntropy(...one, { reduction, options }),
      linearCrossEntropy(...one, { reduction }),
    );
  }
});
