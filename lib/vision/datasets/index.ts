export { FashionMNIST, KMNIST, MNIST } from './mnist.js';
export { VisionDataset } from './vision.js';
