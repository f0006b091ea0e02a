import { readFileSync } from 'node:fs';
import test from 'ava';
import torch, { type DType, nn, type Tensor } from 'sconce';

interface Case {
  name: string;
  dtype: string;
  shape: number[];
  data?: string;
  arange?: boolean;
  steps?: [name: string, ...args: unknown[]][];
  options?: object;
  default?: string;
  repr: string;
}

const golden = JSON.parse(
  readFileSync(new URL('../golden/printing.json', import.meta.url), 'utf8'),
) as { torch: string; cases: Case[] };

const dtypes = torch as unknown as Record<string, DType>;

function base({ dtype, shape, data = '', arange }: Case): Tensor {
  if (arange) return torch.arange(shape[0] as number);
  const bytes = Uint8Array.from(Buffer.from(data, 'base64'));
  const flat = torch.fromArrayBuffer(bytes.buffer, { dtype: dtypes[dtype] as DType });
  return flat.view(shape);
}

const special: Record<string, (tensor: Tensor, ...args: unknown[]) => Tensor> = {
  requiresGrad: (tensor) => tensor.detach().requiresGrad_(),
  parameter: (tensor) => new nn.Parameter(tensor),
  meta: (tensor) => tensor.to('meta'),
  real: (tensor) => torch.real(tensor),
  imag: (tensor) => torch.imag(tensor),
  to: (tensor, dtype) => tensor.to(dtypes[dtype as string] as DType),
  viewAs: (tensor, dtype) => tensor.view(dtypes[dtype as string] as DType),
  quantize: (tensor, scale, zeroPoint, dtype) =>
    torch.quantizePerTensor(
      tensor,
      scale as number,
      zeroPoint as number,
      dtypes[dtype as string] as DType,
    ),
  quantizeChannels: (tensor, scales, points, axis, dtype) =>
    torch.quantizePerChannel(
      tensor,
      torch.tensor(scales as number[]),
      torch.tensor(
        (points as number[]).map((point, _, all) =>
          all.every(Number.isInteger) ? BigInt(point) : point,
        ),
      ),
      axis as number,
      dtypes[dtype as string] as DType,
    ),
  nest: (tensor, sizes, dim) =>
    torch._nestedTensorFromTensorList(tensor.split(sizes as number[], dim as number)),
  uncoalesced: (tensor, ...indices) =>
    torch.sparseCooTensor(torch.tensor(indices as number[][], { dtype: torch.int64 }), tensor),
};

function step(tensor: Tensor, [name, ...args]: [string, ...unknown[]]): Tensor {
  const apply = special[name];
  if (apply) return apply(tensor, ...args);
  const methods = tensor as unknown as Record<string, (...args: unknown[]) => Tensor>;
  return (methods[name] as (...args: unknown[]) => Tensor).apply(tensor, args);
}

test('the golden table covers what it should', (t) => {
  t.true(golden.cases.length >= 320);
});

for (const one of golden.cases) {
  test.serial(`prints as Python does: ${one.name}`, (t) => {
    const tensor = base(one);
    try {
      if (one.default) torch.setDefaultDtype(dtypes[one.default] as DType);
      if (one.options) torch.setPrintoptions(one.options);
      t.is(String((one.steps ?? []).reduce(step, tensor)), one.repr);
    } finally {
      torch.setPrintoptions({ profile: 'default' });
      torch.setDefaultDtype(torch.float32);
    }
  });
}

test.serial('options stay until they are changed, but for sciMode', (t) => {
  const x = torch.tensor([1.23456]);
  torch.setPrintoptions({ precision: 2, sciMode: true });
  t.is(String(x), 'tensor([1.23e+00])');
  torch.setPrintoptions({ linewidth: 100 });
  t.is(String(x), 'tensor([1.23])');
  torch.setPrintoptions(6);
  t.is(String(x), 'tensor([1.234560])');
  torch.setPrintoptions({ profile: 'default' });
  t.is(String(x), 'tensor([1.2346])');
});

test.serial('wrong options throw and change nothing', (t) => {
  const before = String(torch.tensor([0.5]));
  t.throws(() => torch.setPrintoptions({ precision: -1 }), { message: /`precision`.*0 to 100/ });
  t.throws(() => torch.setPrintoptions({ precision: 101 }), { name: 'ValueError' });
  t.throws(() => torch.setPrintoptions({ edgeitems: 1.5 }), { message: /`edgeitems`/ });
  t.throws(() => torch.setPrintoptions({ precision: 1, threshold: Number.NaN }));
  t.throws(() => torch.setPrintoptions({ profile: 'tiny' as 'short' }), { message: /'tiny'/ });
  t.throws(() => torch.setPrintoptions({ sci_mode: true } as object), { message: /sciMode/ });
  t.is(String(torch.tensor([0.5])), before);
});

test('printing records nothing and leaves the tensor as it is', (t) => {
  const x = torch.randn([3, 4], { requiresGrad: true });
  const before = x._version;
  String(x.mul(2));
  String(x);
  t.is(x._version, before);
  t.is(x.grad, null);
  t.true(torch.isGradEnabled());
});

test('a large tensor is printed by its edges only', (t) => {
  // 4 GB if it were copied or converted whole.
  const x = torch.zeros(1).expand(32768, 32768);
  t.regex(String(x), /^tensor\(\[\[0\., 0\., 0\., {2}\.\.\., 0\., 0\., 0\.\],/);
});

test('a class of the user prints its own name', (t) => {
  class Mask extends nn.Parameter {
    override toString(): string {
      return super.toString().replace('Parameter containing:\n', '');
    }
  }
  t.is(String(new Mask(torch.ones(2))), 'Mask([1., 1.], requires_grad=True)');
});

test('bits that libtorch only stores are shown as integers', (t) => {
  const bytes = torch.tensor(Uint8Array.of(1, 200));
  t.is(String(bytes.view(torch.bits8)), 'tensor([  1, 200], dtype=torch.bits8)');
  t.is(String(bytes.view(torch.uint4)), 'tensor([  1, 200], dtype=torch.uint4)');
  t.is(String(bytes.view(torch.bits16)), 'tensor([51201], dtype=torch.bits16)');
  const many = torch.zeros(2000, { dtype: torch.uint8 }).view(torch.bits8);
  t.is(String(many), 'tensor([0, 0, 0,  ..., 0, 0, 0], dtype=torch.bits8)');
});
