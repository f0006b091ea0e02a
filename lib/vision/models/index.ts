/**
 * Models of images; torchvision's `models`.
 *
 * @see https://pytorch.org/vision/stable/models.html
 * @module
 */
export {
  BasicBlock,
  type BlockArguments,
  Bottleneck,
  type NormLayer,
  ResNet,
  type ResNetOptions,
  resnet18,
  resnet34,
  resnet50,
  resnet101,
  resnet152,
} from './resnet.js';
