import type { Tensor } from '../../tensor.js';
import type { Module } from '../modules/module.js';
import { forgetMember, members } from '../modules/module-members.js';
import { Parameter } from '../parameter.js';

/** What a property of a module holds. @internal */
export function readProperty(module: Module, name: string): unknown {
  return name in module ? (module as unknown as Record<string, unknown>)[name] : undefined;
}

/** The parameter or buffer of a name, without those below. @internal */
export function tensorOf(module: Module, name: string): Tensor | undefined {
  const { parameters, buffers } = module[members]();
  return [...parameters, ...buffers].find(([other]) => other === name)?.[1];
}

/** Makes a tensor a parameter or a buffer of a module, by what it is. @internal */
export function registerTensor(module: Module, name: string, tensor: Tensor): void {
  if (tensor instanceof Parameter) module.registerParameter(name, tensor);
  else module.registerBuffer(name, tensor);
}

/** Puts a plain tensor, which is no member, in the place of a member. @internal */
export function replaceByPlain(module: Module, name: string, tensor: Tensor): void {
  module[forgetMember](name);
  setPlain(module, name, tensor);
}

/** Puts a plain tensor in the place of another. @internal */
export function setPlain(module: Module, name: string, tensor: Tensor): void {
  (module as unknown as Record<string, unknown>)[name] = tensor;
}
