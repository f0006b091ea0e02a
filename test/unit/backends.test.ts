import test from 'ava';
import torch, { nn, type Tensor, TorchError, ValueError } from 'sconce';
import { camelCase } from '../../lib/naming.js';
import { readGolden } from '../_helpers/golden.js';

type State = Record<string, unknown>;
const golden = readGolden<{
  start: State;
  steps: { set: string; to: unknown; changes: State; error?: string }[];
}>('backends.json');

type Owner = Record<string, unknown>;
const { backends } = torch;

function ownerOf(path: string): [owner: Owner, last: string] {
  const parts = path.split('.').map((part) => camelCase(part));
  const last = parts.pop() as string;
  return [parts.reduce((owner, part) => owner[part] as Owner, backends as Owner), last];
}

function read(path: string): unknown {
  try {
    if (path === 'get_float32_matmul_precision()') return torch.getFloat32MatmulPrecision();
    const [owner, last] = ownerOf(path.replace('()', ''));
    return path.endsWith('()') ? (owner[last] as () => unknown)() : owner[last];
  } catch (error) {
    if (!(error instanceof TorchError)) throw error;
    return { error: 'RuntimeError' };
  }
}

function apply(path: string, value: unknown): void {
  if (path.startsWith('set_')) {
    torch.setFloat32MatmulPrecision(value as 'high');
    return;
  }
  const [owner, last] = ownerOf(path);
  const { value: call } = Object.getOwnPropertyDescriptor(owner, last) as PropertyDescriptor;
  if (typeof call === 'function') call(value);
  else owner[last] = value;
}

// What this libtorch was built with, and what Python's getter returns nothing for.
const ofTheBuild =
  /^(?:cuda\.is_built|cudnn\.(?:is_available|version)|mk[ld]|nnpack|kleidiai|quantized)/;

test.serial(
  'switches stand as in Python, and setting one does to the others what it does there',
  (t) => {
    const state: State = { ...golden.start };
    const compare = (label: string) => {
      for (const [path, value] of Object.entries(state)) {
        if (path === 'mkldnn.allow_tf32' || (ofTheBuild.test(path) && path.endsWith(')'))) continue;
        t.deepEqual(read(path), value, `${path} ${label}`);
      }
    };
    compare('at the start');
    for (const { set, to, changes, error } of golden.steps) {
      if (error === undefined) apply(set, to);
      else t.throws(() => apply(set, to), { instanceOf: TorchError });
      Object.assign(state, changes);
      compare(`after ${set} = ${String(to)}`);
    }
    t.true(golden.steps.length > 20);
  },
);

test.serial('switches take their own values only', (t) => {
  const { cudnn, cuda, mkldnn } = backends;
  t.throws(() => Object.assign(cudnn, { enabled: 1 }), { instanceOf: TypeError });
  t.throws(() => Object.assign(cudnn, { benchmrk: true }), { instanceOf: TypeError });
  t.throws(() => Object.assign(mkldnn.conv, { fp32Precision: 'half' }), { instanceOf: ValueError });
  t.throws(() => cuda.preferredLinalgLibrary('lapack' as never), { message: /Choose from/ });
  t.throws(() => cudnn.flags({ benchmrk: true } as never), { message: /benchmark/ });
  t.is(cuda.preferredLinalgLibrary(), 'default');
  t.is(cuda.preferredLinalgLibrary('default'), 'default');
  t.is(cuda.preferredBlasLibrary('cublas'), 'cublas');
});

test.serial('flags hold for a block, and those not given have the defaults', (t) => {
  const { cudnn, mkldnn } = backends;
  cudnn.enabled = true;
  cudnn.benchmark = false;
  cudnn.fp32Precision = 'none';
  cudnn.conv.fp32Precision = 'none';
  cudnn.rnn.fp32Precision = 'none';
  const inside = cudnn.flags({ benchmark: true, fp32Precision: 'ieee' }, () => [
    cudnn.enabled,
    cudnn.benchmark,
  ]);
  t.deepEqual(inside, [false, true]);
  t.deepEqual([cudnn.enabled, cudnn.benchmark], [true, false]);
  mkldnn.enabled = true;
  const guard = mkldnn.flags({ enabled: false });
  t.false(mkldnn.enabled);
  guard[Symbol.dispose]();
  t.true(mkldnn.enabled);
});

test.serial('attention takes the kernels that it may', (t) => {
  const { SDPBackend, sdpaKernel } = nn.attention;
  const { cuda } = backends;
  for (const enable of ['enableFlashSdp', 'enableMathSdp', 'enableMemEfficientSdp'] as const) {
    cuda[enable](true);
  }
  const [q, k, v] = [0, 1, 2].map(() => torch.rand(1, 2, 4, 8)) as [Tensor, Tensor, Tensor];
  const attend = () => nn.functional.scaledDotProductAttention(q, k, v);
  const chosen = () => torch.ops.aten._fused_sdp_choice(q, k, v) as unknown as number;
  t.is(
    sdpaKernel(SDPBackend.FLASH_ATTENTION, () => chosen()),
    SDPBackend.FLASH_ATTENTION,
  );
  const guard = sdpaKernel([SDPBackend.MATH], { setPriority: true });
  t.false(cuda.flashSdpEnabled());
  t.is(chosen(), SDPBackend.MATH);
  const math = attend();
  guard[Symbol.dispose]();
  t.true(cuda.flashSdpEnabled());
  t.true(torch.allclose(math, attend(), { atol: 1e-6 }));
  t.throws(() => sdpaKernel(SDPBackend.EFFICIENT_ATTENTION, attend), { instanceOf: TorchError });
  t.throws(() => sdpaKernel(7 as never), { instanceOf: TypeError });
  t.throws(
    () =>
      sdpaKernel([], () => {
        throw new RangeError('mine');
      }),
    { message: 'mine' },
  );
  t.true(cuda.mathSdpEnabled());
});

test.serial('an operator that cannot be deterministic throws where it must be', (t) => {
  const x = torch.zeros(3);
  const put = () => x.put_(torch.tensor([0n]), torch.tensor([1]));
  torch.useDeterministicAlgorithms(true);
  t.throws(put, {
    instanceOf: TorchError,
    message: /does not have a deterministic implementation/,
  });
  torch.useDeterministicAlgorithms(true, { warnOnly: true });
  t.deepEqual(put().tolist(), [1, 0, 0]);
  torch.useDeterministicAlgorithms(false);
  t.deepEqual(put().tolist(), [1, 0, 0]);
});
