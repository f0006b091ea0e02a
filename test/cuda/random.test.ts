import torch, { nn } from 'sconce';
import { distance, gpu, python } from './_gpu.js';

gpu('the same seed gives the numbers of Python on this GPU', (t) => {
  const theirs = python<Record<string, unknown>>(`
torch.manual_seed(42)
d = 'cuda'
draws = {
    'rand': torch.rand(1000, device=d), 'randn': torch.randn(33, 7, device=d),
    'randint': torch.randint(0, 1000, (50,), device=d), 'randperm': torch.randperm(500, device=d),
    'bernoulli': torch.bernoulli(torch.full((64,), 0.3, device=d)),
    'dropout': torch.nn.functional.dropout(torch.ones(64, device=d), 0.5),
    'exponential': torch.empty(40, device=d).exponential_(),
    'multinomial': torch.multinomial(torch.ones(20, device=d), 10),
    'weight': torch.nn.Linear(5, 3, device=d).weight,
}
print(json.dumps({k: v.tolist() for k, v in draws.items()}))`);
  torch.manualSeed(42);
  const device = 'cuda';
  const ours = {
    rand: torch.rand(1000, { device }),
    randn: torch.randn(33, 7, { device }),
    randint: torch.randint(0, 1000, [50], { device }),
    randperm: torch.randperm(500, { device }),
    bernoulli: torch.bernoulli(torch.full([64], 0.3, { device })),
    dropout: nn.functional.dropout(torch.ones(64, { device }), 0.5),
    exponential: torch.empty(40, { device }).exponential_(),
    multinomial: torch.multinomial(torch.ones(20, { device }), 10),
    weight: new nn.Linear(5, 3, { device }).weight,
  };
  for (const [name, tensor] of Object.entries(ours)) t.is(distance(tensor, theirs[name]), 0, name);
});

gpu('seeds, states and generators', (t) => {
  torch.cuda.manualSeed(7);
  t.is(torch.cuda.initialSeed(), 7n);
  const state = torch.cuda.getRngState();
  const first = torch.rand(5, { device: 'cuda' });
  torch.cuda.setRngState(state);
  t.true(torch.rand(5, { device: 'cuda' }).equal(first));
  torch.cuda.setRngStateAll(torch.cuda.getRngStateAll());
  const generator = new torch.Generator('cuda').manualSeed(7);
  t.true(torch.rand(5, { generator, device: 'cuda' }).equal(first));
  t.is(generator.device.type, 'cuda');
  torch.cuda.manualSeedAll(7);
  const inside = torch.random.forkRng(() => torch.rand(5, { device: 'cuda' }));
  t.true(torch.rand(5, { device: 'cuda' }).equal(inside));
  torch.cuda.seedAll();
  t.not(torch.cuda.initialSeed(), 7n);
});
