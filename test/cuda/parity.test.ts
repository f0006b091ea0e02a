import torch, { amp, nn, optim, type Tensor } from 'sconce';
import { gpu, python } from './_gpu.js';

type Unary = (x: Tensor) => Tensor;
const operators: Record<string, Unary> = {
  exp: (x) => x.exp(),
  softmax: (x) => x.softmax(1),
  mm: (x) => x.mm(x.t()),
  sum: (x) => x.sum(0),
  sort: (x) => x.sort(1).values,
  cumsum: (x) => x.cumsum(1),
  svd: (x) => torch.linalg.svdvals(x),
  conv: (x) =>
    nn.functional.conv2d(x.view(1, 1, 16, 16), torch.ones(1, 1, 3, 3, { device: x.device })),
  norm: (x) => nn.functional.layerNorm(x, [16]),
  fft: (x) => torch.fft.fft(x).abs(),
  gather: (x) => x.gather(1, x.argmax(1, true)),
  std: (x) => x.std(),
  attention: (x) => {
    const q = x.view(1, 2, 8, 16);
    return nn.functional.scaledDotProductAttention(q, q, q);
  },
};

gpu('operators and their gradients give the numbers of the CPU', (t) => {
  torch.manualSeed(0);
  const x = torch.randn(16, 16);
  for (const [name, operator] of Object.entries(operators)) {
    const onCpu = x.detach().clone().requiresGrad_();
    const onGpu = x.cuda().requiresGrad_();
    const [expected, found] = [operator(onCpu), operator(onGpu)];
    t.true(found.isCuda, name);
    t.true(torch.allclose(found.cpu(), expected, { rtol: 1e-4, atol: 1e-4 }), name);
    if (!expected.requiresGrad) continue;
    expected.pow(2).sum().backward();
    found.pow(2).sum().backward();
    const gradients = [onGpu.grad?.cpu(), onCpu.grad] as [Tensor, Tensor];
    t.true(torch.allclose(...gradients, { rtol: 1e-3, atol: 1e-3 }), `${name}: gradient`);
  }
});

const script = `
torch.backends.cudnn.allow_tf32 = False
torch.manual_seed(0)
model = torch.nn.Sequential(
    torch.nn.Conv2d(1, 6, 5), torch.nn.ReLU(), torch.nn.MaxPool2d(2), torch.nn.Flatten(),
    torch.nn.Linear(864, 10)).cuda()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
x = torch.rand(64, 1, 28, 28, device='cuda')
y = torch.arange(64, device='cuda') % 10
losses = []
for i in range(200):
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
print(json.dumps(losses))`;

gpu('200 steps of training have the losses of Python to 1e-4', (t) => {
  const theirs = python<number[]>(script);
  torch.backends.cudnn.allowTf32 = false;
  torch.manualSeed(0);
  const model = new nn.Sequential(
    new nn.Conv2d(1, 6, 5),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Linear(864, 10),
  ).cuda();
  const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 });
  const x = torch.rand(64, 1, 28, 28, { device: 'cuda' });
  const y = torch.arange(64, { device: 'cuda' }).remainder(10);
  let worst = 0;
  for (const expected of theirs) {
    optimizer.zeroGrad();
    const loss = nn.functional.crossEntropy(model(x), y);
    loss.backward();
    optimizer.step();
    worst = Math.max(worst, Math.abs(loss.item() - expected));
  }
  torch.backends.cudnn.allowTf32 = true;
  t.log(`greatest difference: ${worst}`);
  t.true(worst < 1e-4, `${worst}`);
});

gpu('autocasting and gradient scaling', (t) => {
  const model = new nn.Linear(16, 16).cuda();
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
  const scaler = new amp.GradScaler('cuda');
  const x = torch.randn(8, 16, { device: 'cuda' });
  const before = model.weight.detach().clone();
  const output = torch.autocast('cuda', () => model(x));
  t.is(output.dtype, torch.float16);
  scaler.scale(output.float().pow(2).mean()).backward();
  scaler.step(optimizer);
  scaler.update();
  t.false(model.weight.equal(before));
  t.is(model.weight.grad?.dtype, torch.float32);
  t.is(torch.autocast('cuda', { dtype: torch.bfloat16 }, () => model(x)).dtype, torch.bfloat16);
});

gpu('what cannot be deterministic on a GPU throws where it must be', (t) => {
  torch.useDeterministicAlgorithms(true);
  const x = torch.rand(10, { device: 'cuda' });
  t.throws(() => x.kthvalue(2), { message: /deterministic/ });
  torch.useDeterministicAlgorithms(false);
  t.notThrows(() => x.kthvalue(2));
});
