import { readFileSync } from 'node:fs';
import test from 'ava';
import torch, { autograd, type DType, type Tensor } from 'sconce';

const { customBwd, customFwd } = torch.amp;
const golden = JSON.parse(
  readFileSync(new URL('../golden/amp-custom.json', import.meta.url), 'utf8'),
);

torch.setNumThreads(1);

function product(castInputs: DType | null, seen: unknown[]) {
  return class extends autograd.Function {
    static forward = customFwd(
      (ctx: autograd.FunctionCtx, a: Tensor, b: Tensor, more: Tensor): Tensor => {
        ctx.saveForBackward(a, b);
        seen.push([a.dtype.name, more.dtype.name, torch.isAutocastEnabled('cpu')]);
        return a.mm(b);
      },
      { deviceType: 'cpu', castInputs },
    );

    static backward = customBwd(
      (ctx: autograd.FunctionCtx, grad: Tensor) => {
        const [a, b] = ctx.savedTensors as [Tensor, Tensor];
        seen.push([grad.dtype.name, torch.isAutocastEnabled('cpu')]);
        seen.push(torch.ones(2, 2).mm(torch.ones(2, 2)).dtype.name);
        return [grad.to(a.dtype).mm(b.t()), a.t().mm(grad.to(a.dtype)), null];
      },
      { deviceType: 'cpu' },
    );
  };
}

for (const { cast, enabled, dtype, out, grad, seen } of golden.cases) {
  test.serial(`inputs of ${dtype}, cast to ${cast}, autocasting ${enabled}: as in Python`, (t) => {
    const found: unknown[] = [];
    const type = (name: string) => torch[name as 'float32'];
    const a = torch.tensor(
      [
        [1, 2],
        [3, 4],
      ],
      { dtype: type(dtype), requiresGrad: true },
    );
    const Product = product(cast && type(cast), found);
    const options = { dtype: torch.bfloat16, enabled };
    const more = torch.ones([1], { dtype: torch.int64 });
    const result = torch.autocast('cpu', options, () => Product.apply(a, a.detach().add(1), more));
    result.sum().backward();
    t.deepEqual([result.dtype.name, result.tolist()], out);
    t.deepEqual(a.grad?.tolist(), grad);
    t.deepEqual(found, seen);
  });
}

test('as decorators, and without a device', (t) => {
  const forward = customFwd({ deviceType: 'cpu' })((_ctx: autograd.FunctionCtx, x: Tensor) =>
    x.mul(2),
  );
  class Double extends autograd.Function {
    static forward = forward;
    static backward = customBwd({ deviceType: 'cpu' })((_ctx: autograd.FunctionCtx, g: Tensor) =>
      g.mul(2),
    );
  }
  const x = torch.ones(1, { requiresGrad: true });
  Double.apply(x).backward();
  t.deepEqual(x.grad?.tolist(), [2]);
  t.throws(() => customFwd(forward, {} as never), { instanceOf: TypeError });
  t.throws(() => customBwd(forward, { device: 'cpu' } as never), { message: /unknown option/ });
});
