import test from 'ava';
import torch, { NotImplementedError, nn, optim, ValueError } from 'sconce';

const { lrScheduler, swaUtils } = optim;

function sgd(...lrs: number[]) {
  const groups = lrs.map((lr) => ({ params: [new nn.Parameter(torch.ones(1))], lr }));
  return new optim.SGD(groups, { momentum: 0.9 });
}

test('arguments come by position or by name', (t) => {
  const byPosition = new lrScheduler.StepLR(sgd(1), 3, 0.5);
  const byName = new lrScheduler.StepLR(sgd(1), { stepSize: 3, gamma: 0.5 });
  t.deepEqual(byPosition.stateDict(), byName.stateDict());
  t.throws(() => new lrScheduler.StepLR(sgd(1), { step_size: 3 } as never), {
    instanceOf: TypeError,
    message: /did you mean `stepSize`/,
  });
  t.throws(() => new lrScheduler.StepLR(sgd(1)), { message: /missing required argument/ });
});

test('groups keep their first learning rate for the schedulers that follow', (t) => {
  const optimizer = sgd(1, 2);
  const scheduler = new lrScheduler.ExponentialLR(optimizer, 0.5);
  optimizer.step();
  scheduler.step();
  t.deepEqual(scheduler.getLastLr(), [0.5, 1]);
  t.deepEqual(new lrScheduler.LambdaLR(optimizer, () => 3).getLastLr(), [3, 6]);
});

test('goes on from an epoch where the groups know their first learning rate', (t) => {
  const optimizer = sgd(1);
  t.throws(() => new lrScheduler.ExponentialLR(optimizer, 0.5, 4), {
    instanceOf: ValueError,
    message: /no initialLr/,
  });
  const [group] = optimizer.paramGroups;
  if (group) group.initialLr = 1;
  const scheduler = new lrScheduler.LambdaLR(optimizer, (epoch) => epoch, 4);
  t.is(scheduler.lastEpoch, 5);
  t.deepEqual(scheduler.getLastLr(), [5]);
});

test("one of one's own overrides getLr; its attributes are its state", (t) => {
  class Stairs extends lrScheduler.LRScheduler {
    stairHeight: number;
    constructor(optimizer: optim.Optimizer, stairHeight: number) {
      super(optimizer);
      this.stairHeight = stairHeight;
      this.start(-1);
    }
    override getLr(): number[] {
      return this.baseLrs.map((lr) => Number(lr) + this.stairHeight * this.lastEpoch);
    }
  }
  const optimizer = sgd(1);
  const scheduler = new Stairs(optimizer, 2);
  optimizer.step();
  scheduler.step();
  t.deepEqual(scheduler.getLastLr(), [3]);
  t.like(scheduler.stateDict(), { stair_height: 2, last_epoch: 1, _step_count: 2 });
  t.false('optimizer' in scheduler.stateDict());
  const other = new Stairs(sgd(1), 5);
  other.loadStateDict(scheduler.stateDict());
  t.is(other.stairHeight, 2);
  other.step();
  t.deepEqual(other.getLastLr(), [5]);
});

test('a plateau is counted per group, and its metric may be a tensor', (t) => {
  const optimizer = sgd(1, 0.5);
  const scheduler = new lrScheduler.ReduceLROnPlateau(optimizer, {
    patience: 0,
    minLr: [0.3, 0.1],
    factor: 0.1,
  });
  for (const loss of [2, 3]) scheduler.step(torch.tensor(loss));
  t.deepEqual(scheduler.getLastLr(), [0.3, 0.1]);
  t.is(scheduler.best, 2);
  t.false(scheduler.inCooldown);
  optimizer.addParamGroup({ params: [new nn.Parameter(torch.ones(1))] });
  t.throws(() => scheduler.step(4), { message: /3 parameter groups/ });
  t.throws(() => (scheduler.step as () => void)(), { instanceOf: TypeError });
});

test('saves and loads milestones that are given twice', (t) => {
  const scheduler = new lrScheduler.MultiStepLR(sgd(1), [1, 1, 3], 0.5);
  const other = new lrScheduler.MultiStepLR(sgd(1), []);
  other.loadStateDict({ ...scheduler.stateDict(), milestones: { 1: 2, 3: 1 } });
  t.deepEqual([...other.milestones], [...scheduler.milestones]);
});

const optimizer = sgd(1);
const adagrad = new optim.Adagrad([new nn.Parameter(torch.ones(1))]);
const { CyclicLR, OneCycleLR, ConstantLR, LinearLR, SequentialLR, ChainedScheduler } = lrScheduler;
const constant = () => new ConstantLR(optimizer);
const plateau = new lrScheduler.ReduceLROnPlateau(optimizer);

const wrongs: [what: string, make: () => unknown, error: new (...args: never[]) => Error][] = [
  ['no optimizer', () => new lrScheduler.StepLR({ lr: 1 } as never, 3), TypeError],
  ['nothing to compute with', () => abstract(), NotImplementedError],
  ['too few functions', () => new lrScheduler.LambdaLR(optimizer, []), ValueError],
  ['no function', () => new lrScheduler.MultiplicativeLR(optimizer, 3 as never), TypeError],
  ['a factor above 1', () => new ConstantLR(optimizer, 1.5), ValueError],
  ['a start of 0', () => new LinearLR(optimizer, 0), ValueError],
  ['an end above 1', () => new LinearLR(optimizer, 0.5, 1.5), ValueError],
  ['T0 of 0', () => new lrScheduler.CosineAnnealingWarmRestarts(optimizer, 0), ValueError],
  [
    'TMult of 1.5',
    () => new lrScheduler.CosineAnnealingWarmRestarts(optimizer, 3, 1.5),
    ValueError,
  ],
  [
    'a negative epoch',
    () => new lrScheduler.CosineAnnealingWarmRestarts(optimizer, 3).step(-1),
    ValueError,
  ],
  ['an unknown mode', () => new CyclicLR(optimizer, 0, 1, { mode: 'square' as never }), ValueError],
  ['a momentum that is not there', () => new CyclicLR(adagrad as never, 0, 1), ValueError],
  ['two bounds for a group', () => new CyclicLR(optimizer, [0, 0], 1), ValueError],
  ['no number of steps', () => new OneCycleLR(optimizer, 1), ValueError],
  ['half a step', () => new OneCycleLR(optimizer, 1, 2.5), ValueError],
  [
    'half an epoch',
    () => new OneCycleLR(optimizer, 1, { epochs: 0.5, stepsPerEpoch: 2 }),
    ValueError,
  ],
  ['a share above 1', () => new OneCycleLR(optimizer, 1, 9, { pctStart: 1.5 }), ValueError],
  [
    'an unknown strategy',
    () => new OneCycleLR(optimizer, 1, 9, { annealStrategy: 'sin' as never }),
    ValueError,
  ],
  ['a step past the last', () => pastTheLast(), ValueError],
  ['a factor of 1', () => new lrScheduler.ReduceLROnPlateau(optimizer, 'min', 1), ValueError],
  ['no mode', () => new lrScheduler.ReduceLROnPlateau(optimizer, 'low' as never), ValueError],
  [
    'too many least rates',
    () => new lrScheduler.ReduceLROnPlateau(optimizer, { minLr: [0, 0] }),
    ValueError,
  ],
  ['no schedulers', () => new SequentialLR(optimizer, [], []), ValueError],
  ['no schedulers in a chain', () => new ChainedScheduler([]), ValueError],
  [
    'too few milestones',
    () => new SequentialLR(optimizer, [constant(), constant()], []),
    ValueError,
  ],
  ['a plateau in a sequence', () => new SequentialLR(optimizer, [plateau], []), ValueError],
  ['a plateau in a chain', () => new ChainedScheduler([plateau]), ValueError],
  ["another's scheduler", () => new SequentialLR(sgd(1), [constant()], []), ValueError],
  ['no scheduler', () => new ChainedScheduler([constant(), 3 as never]), TypeError],
  ['half an epoch of SWA', () => new swaUtils.SWALR(optimizer, 1, 0.5), ValueError],
  ['another form of SWA', () => new swaUtils.SWALR(optimizer, 1, 5, 'sin' as never), ValueError],
  ['two rates for a group', () => new swaUtils.SWALR(optimizer, [1, 1]), ValueError],
  ['a state dict that is none', () => constant().loadStateDict(3 as never), TypeError],
  ['groups that came later', () => lateGroup(), ValueError],
];

function abstract(): void {
  class Nothing extends lrScheduler.LRScheduler {}
  new (Nothing as unknown as new (o: unknown) => optim.lrScheduler.LRScheduler)(optimizer).getLr();
}

function pastTheLast(): void {
  const scheduler = new OneCycleLR(sgd(1), 1, 2);
  for (let i = 0; i < 3; i++) scheduler.step();
}

function lateGroup(): void {
  const own = sgd(1);
  const scheduler = new lrScheduler.LambdaLR(own, () => 1);
  own.addParamGroup({ params: [new nn.Parameter(torch.ones(1))] });
  scheduler.step();
}

for (const [what, make, error] of wrongs) {
  test(`refuses ${what}`, (t) => {
    t.throws(make, { instanceOf: error });
  });
}
