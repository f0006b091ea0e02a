/**
 * Datasets of images; torchvision's `datasets`.
 *
 * @see https://pytorch.org/vision/stable/datasets.html
 * @module
 */
export { FashionMNIST, KMNIST, MNIST } from './mnist.js';
export { VisionDataset } from './vision.js';
