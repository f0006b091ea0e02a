import test from 'ava';
import torch, { amp, type DType, nn, type Tensor, TorchError, ValueError } from 'sconce';
import { camelCase } from '../../lib/naming.js';
import { dtypeOf, readGolden } from '../_helpers/golden.js';

type Row = [name: string, ofFloat32: string, ofBfloat16: string];
const golden = readGolden<{ autocasts: Row[] }>('tensor.json');
type Functions = Record<string, (...args: unknown[]) => Tensor>;

function argumentsOf(name: string, x: Tensor): unknown[] {
  const special: Record<string, unknown[]> = {
    bmm: [x.unsqueeze(0), x.unsqueeze(0)],
    softmax: [x, 0],
    log_softmax: [x, 0],
    cumsum: [x, 0],
    cat: [[x, x.float()]],
    stack: [[x, x.float()]],
    pow: [x, 2],
    addmm: [x, x, x],
    layer_norm: [x, [2]],
  };
  const isUnary = ['exp', 'relu', 'sum', 'norm', 'gelu', 'prod'].includes(name);
  return special[name] ?? (isUnary ? [x] : [x, x]);
}

test.serial('inside of autocasting, functions give the dtypes that they give in Python', (t) => {
  for (const [name, ...expected] of golden.autocasts) {
    const ours = camelCase(name);
    const functions = (ours in torch ? torch : nn.functional) as unknown as Functions;
    for (const [i, dtype] of [torch.float32, torch.bfloat16].entries()) {
      const x = torch.randn(2, 2).to(dtype as DType);
      const chosen = name === 'mm' && i === 1 ? torch.float16 : null;
      const result = torch.autocast('cpu', chosen, () =>
        (functions[ours] as (...args: unknown[]) => Tensor)(...argumentsOf(name, x)),
      );
      t.is(result.dtype, dtypeOf(expected[i] as string), `${name} of ${dtype}`);
    }
  }
  t.true(golden.autocasts.length > 20);
});

test.serial('a product is that of the converted matrices, and gradients are of float32', (t) => {
  const a = torch.randn(3, 4, { requiresGrad: true });
  const b = torch.randn(4, 5);
  const product = torch.autocast('cpu', () => a.matmul(b));
  t.true(product.equal(a.bfloat16().matmul(b.bfloat16())));
  product.float().sum().backward();
  t.is(a.grad?.dtype, torch.float32);
});

test.serial('regions nest, and end as they began', (t) => {
  const a = torch.randn(2, 2);
  const dtype = () => a.matmul(a).dtype;
  t.false(torch.isAutocastEnabled('cpu'));
  torch.autocast('cpu', { dtype: torch.float16 }, () => {
    t.true(torch.isAutocastEnabled('cpu'));
    t.is(torch.getAutocastDtype('cpu'), torch.float16);
    t.is(dtype(), torch.float16);
    t.is(torch.autocast('cpu', { enabled: false }, dtype), torch.float32);
    torch.autocast('cpu', torch.bfloat16, true, false, () => {
      t.is(dtype(), torch.bfloat16);
      t.false(torch.isAutocastCacheEnabled());
    });
    t.is(dtype(), torch.float16);
  });
  t.is(dtype(), torch.float32);
  {
    using _ = torch.autocast('cpu');
    t.is(dtype(), torch.bfloat16);
  }
  t.is(dtype(), torch.float32);
  t.throws(() =>
    torch.autocast('cpu', () => {
      throw new Error('within');
    }),
  );
  t.is(dtype(), torch.float32);
  t.true(torch.isAutocastCacheEnabled());
  t.is(torch.getAutocastDtype('cpu'), torch.bfloat16);
});

test.serial('settings of their own', (t) => {
  torch.setAutocastDtype('cpu', torch.float16);
  t.is(torch.getAutocastDtype('cpu'), torch.float16);
  torch.setAutocastDtype('cpu', torch.bfloat16);
  torch.setAutocastEnabled('cpu', true);
  t.true(torch.isAutocastEnabled('cpu'));
  torch.setAutocastEnabled('cpu', false);
  torch.setAutocastCacheEnabled(false);
  t.false(torch.isAutocastCacheEnabled());
  torch.setAutocastCacheEnabled(true);
  torch.clearAutocastCache();
  t.is(torch.getAutocastDtype('cuda'), torch.float16);
  t.true(amp.isAutocastAvailable('cpu'));
  t.false(amp.isAutocastAvailable('meta'));
});

test.serial('what cannot be, throws or warns', async (t) => {
  t.throws(() => torch.autocast('meta'), { instanceOf: TorchError, message: /meta/ });
  t.throws(() => torch.autocast('nowhere'), { instanceOf: ValueError });
  t.throws(() => torch.autocast(1 as never), { instanceOf: ValueError });
  t.throws(() => torch.autocast('cpu', { enable: true } as never), { message: /enabled/ });
  t.throws(() => torch.setAutocastDtype('cpu', torch.int64), { instanceOf: TypeError });
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
  const a = torch.randn(2, 2);
  t.is(torch.autocast('cpu', torch.float64, () => a.matmul(a)).dtype, torch.float32);
  t.regex((await warned).message, /autocasting is off/);
});
