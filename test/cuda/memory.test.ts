import torch, { nn, optim } from 'sconce';
import { gpu, python } from './_gpu.js';

const MiB = 2 ** 20;

gpu('memory is counted, freed and given back', (t) => {
  torch.cuda.emptyCache();
  const before = torch.cuda.memoryAllocated();
  const x = torch.empty(16 * MiB, { device: 'cuda', dtype: torch.uint8 });
  t.is(torch.cuda.memoryAllocated() - before, 16 * MiB);
  t.true(torch.cuda.maxMemoryAllocated() >= before + 16 * MiB);
  t.true(torch.cuda.memoryReserved() >= torch.cuda.memoryAllocated());
  x.dispose();
  t.is(torch.cuda.memoryAllocated(), before);
  torch.cuda.resetPeakMemoryStats();
  t.is(torch.cuda.maxMemoryAllocated(), before);
  torch.cuda.emptyCache();
  const [free, total] = torch.cuda.memGetInfo();
  t.true(free > 0 && free < total);
  t.is(total, torch.cuda.getDeviceProperties().totalMemory);
  t.regex(torch.cuda.memorySummary(), /PyTorch CUDA memory summary, device ID 0/);
});

gpu("what the allocator counts has Python's names", (t) => {
  const theirs = python<string[]>(`
torch.zeros(1, device='cuda')
print(json.dumps(list(torch.cuda.memory_stats())))`);
  torch.zeros(1, { device: 'cuda' });
  t.deepEqual(Object.keys(torch.cuda.memoryStats()), theirs);
});

const layers = `
model = torch.nn.Sequential(torch.nn.Linear(1024, 4096), torch.nn.ReLU(), torch.nn.Linear(4096, 1024)).cuda()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
x = torch.ones(512, 1024, device='cuda')
for i in range(300):
    optimizer.zero_grad()
    model(x).square().mean().backward()
    optimizer.step()
print(torch.cuda.max_memory_allocated())`;

gpu('a loop of training holds little more memory than in Python', (t) => {
  const theirs = python<number>(layers);
  torch.cuda.emptyCache();
  const before = torch.cuda.memoryAllocated();
  torch.cuda.resetPeakMemoryStats();
  const model = new nn.Sequential(
    new nn.Linear(1024, 4096),
    new nn.ReLU(),
    new nn.Linear(4096, 1024),
  ).cuda();
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.01 });
  const x = torch.ones(512, 1024, { device: 'cuda' });
  for (let i = 0; i < 300; i++) {
    optimizer.zeroGrad();
    model(x).square().mean().backward();
    optimizer.step();
  }
  const ours = torch.cuda.maxMemoryAllocated() - before;
  t.log(`peak: ${Math.round(ours / MiB)} MiB, Python's ${Math.round(theirs / MiB)} MiB`);
  t.true(ours < 1.5 * theirs, `${ours / theirs}`);
});

gpu('garbage is collected before memory runs out', (t) => {
  const [free] = torch.cuda.memGetInfo();
  const bytes = Math.floor(free / 12);
  for (let i = 0; i < 60; i++) torch.empty(bytes, { device: 'cuda', dtype: torch.uint8 });
  t.pass();
});

gpu('an error of memory is survived, and says what lives', (t) => {
  const [, total] = torch.cuda.memGetInfo();
  const error = t.throws(() => torch.empty(2 * total, { device: 'cuda', dtype: torch.uint8 }), {
    instanceOf: torch.OutOfMemoryError,
  }) as Error;
  t.regex(error.message, /JavaScript holds \d+ tensors/);
  const model = new nn.Linear(8, 8).cuda();
  model(torch.ones(4, 8, { device: 'cuda' }))
    .sum()
    .backward();
  t.is(model.weight.grad?.sum().item(), 4 * 64);
});
