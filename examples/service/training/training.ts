import { setImmediate as nextTurn } from 'node:timers/promises';
import torch, { nn, optim, type Tensor, utils } from 'sconce';
import { datasets, transforms } from 'sconce/vision';
import type { Evaluation } from '../jobs/queue.js';
import { type Settings, stepsOf } from '../jobs/settings.js';
import { LeNet } from '../lenet.js';

const { DataLoader, Subset } = utils.data;

/** How many test images are looked at during an epoch; at its end it is all of them. */
export const QUICK_IMAGES = 1000;

/** MNIST, as the network takes it. */
export function loadData(folder: string) {
  const transform = new transforms.Compose([
    new transforms.ToTensor(),
    new transforms.Normalize([0.5], [0.5]),
  ]);
  return {
    trainSet: new datasets.MNIST(folder, { train: true, download: true, transform }),
    testSet: new datasets.MNIST(folder, { train: false, download: true, transform }),
  };
}

/** All that decides how a training goes on: saved after one step, it goes on with the next. */
export interface TrainingState {
  model: Record<string, Tensor>;
  optimizer: ReturnType<optim.SGD['stateDict']>;
  epoch: number;
  /** How many batches of the epoch are done. */
  batch: number;
  step: number;
  /** The random numbers' state now, and as it was before the epoch's order was drawn. */
  random: Tensor;
  randomOfEpoch: Tensor;
}

/** A training that can be left after any step, and gone on with in another process. */
export class Training {
  readonly model: LeNet;
  readonly optimizer: optim.SGD;
  /** The last of all steps. */
  readonly lastStep: number;
  epoch = 0;
  batch = 0;
  step = 0;

  readonly #criterion = new nn.CrossEntropyLoss();
  readonly #trainLoader;
  readonly #quickLoader;
  readonly #testLoader;
  #randomOfEpoch = torch.getRngState();
  #resumed: TrainingState | undefined;

  constructor(
    readonly settings: Settings,
    { trainSet, testSet }: ReturnType<typeof loadData>,
  ) {
    // The order of sums depends on the number of threads: with one, a resumed training is the same.
    torch.setNumThreads(1);
    torch.manualSeed(settings.seed);
    const { batchSize, lr, momentum } = settings;
    this.#trainLoader = new DataLoader(trainSet, { batchSize, shuffle: true });
    // A generator of their own: looking at the test images must not change what is drawn next.
    const evaluation = { batchSize: 1000, generator: new torch.Generator() };
    const quick = new Subset(testSet, [...Array(QUICK_IMAGES).keys()]);
    this.#quickLoader = new DataLoader(quick, evaluation);
    this.#testLoader = new DataLoader(testSet, evaluation);
    this.model = new LeNet();
    this.optimizer = new optim.SGD(this.model.parameters(), { lr, momentum });
    this.lastStep = stepsOf(settings);
  }

  /** A step, which is recorded once and then replayed on a native thread. */
  readonly #trainOn = torch.compileStep((inputs: Tensor, labels: Tensor) => {
    this.optimizer.zeroGrad();
    const loss = this.#criterion(this.model(inputs), labels);
    loss.backward();
    this.optimizer.step();
    return loss;
  });

  /** Trains, and gives the loss of each step. Between steps the thread's events have their turn. */
  async *steps(): AsyncGenerator<number> {
    for (; this.epoch < this.settings.epochs; this.epoch++, this.batch = 0) {
      for (const [inputs, labels] of this.#batches()) {
        if (this.step === this.lastStep) return;
        const loss = await this.#trainOn(inputs, labels);
        this.step++;
        this.batch++;
        yield loss.item();
        await nextTurn();
      }
    }
  }

  /** The rest of the epoch: an interrupted one has its order drawn again, and what is done skipped. */
  *#batches() {
    const resumed = this.#resumed;
    this.#resumed = undefined;
    if (resumed) torch.setRngState(resumed.randomOfEpoch);
    this.#randomOfEpoch = torch.getRngState();
    const batches = this.#trainLoader[Symbol.iterator]();
    for (let i = 0; i < this.batch; i++) batches.next();
    if (resumed) torch.setRngState(resumed.random);
    yield* batches;
  }

  /** Whether the last step ended an epoch, or the training. */
  get atEnd(): boolean {
    return this.batch === this.#trainLoader.length || this.step === this.lastStep;
  }

  /** Looks at the test images: a thousand, or all. */
  evaluate(whole: boolean): Evaluation {
    let [images, loss, correct] = [0, 0, 0];
    this.model.eval();
    torch.noGrad(() => {
      for (const [inputs, labels] of whole ? this.#testLoader : this.#quickLoader) {
        const outputs = this.model(inputs);
        images += labels.length;
        loss += this.#criterion(outputs, labels).item() * labels.length;
        correct += outputs.argmax(1).eq(labels).sum().item();
      }
    });
    this.model.train();
    return { step: this.step, images, loss: loss / images, accuracy: correct / images };
  }

  state(): TrainingState {
    return {
      model: this.model.stateDict(),
      optimizer: this.optimizer.stateDict(),
      epoch: this.epoch,
      batch: this.batch,
      step: this.step,
      random: torch.getRngState(),
      randomOfEpoch: this.#randomOfEpoch,
    };
  }

  /** Goes on from a state, in `steps()`. */
  restore(state: TrainingState): void {
    this.model.loadStateDict(state.model);
    this.optimizer.loadStateDict(state.optimizer);
    this.epoch = state.epoch;
    this.batch = state.batch;
    this.step = state.step;
    this.#resumed = state;
  }
}
