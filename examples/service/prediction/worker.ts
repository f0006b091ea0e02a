// The prediction thread: answers batches of images with the newest weights it was given.
import { parentPort } from 'node:worker_threads';
import torch from 'sconce';
import { transforms } from 'sconce/vision';
import { LeNet } from '../lenet.js';
import { unpack, type Weights } from '../weights.js';
import { type PredictionAnswer, type PredictionOrder, SIDE } from './messages.js';

const port = parentPort as NonNullable<typeof parentPort>;

// The cores are for the training; a batch is small.
torch.setNumThreads(1);
const normalize = new transforms.Normalize([0.5], [0.5]);
const model = new LeNet().eval();
let current: Weights | undefined;

/** The probability of each digit, `[N, 10]`, for images `[N, 28, 28]` of bytes. */
function probabilitiesOf(images: Uint8Array): Float32Array<ArrayBuffer> {
  return torch.noGrad(() => {
    const pixels = torch.fromTypedArray(images).view(-1, 1, SIDE, SIDE).float().div(255);
    const probabilities = model(normalize(pixels)).softmax(1);
    return probabilities.toTypedArray() as Float32Array<ArrayBuffer>;
  });
}

port.on('message', (order: PredictionOrder) => {
  if (order.type === 'weights') {
    current = order.weights;
    model.loadStateDict(unpack(current));
    return;
  }
  if (!current) throw new Error('asked for a prediction before there were weights');
  const { job, step } = current;
  const probabilities = probabilitiesOf(order.images);
  const answer: PredictionAnswer = { job, step, probabilities };
  port.postMessage(answer, [probabilities.buffer]);
});
