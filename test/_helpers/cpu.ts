import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import torch from 'sconce';

/** The name of this machine's CPU, as `test/golden/*.py` record it. */
export function cpuName(): string {
  if (existsSync('/proc/cpuinfo')) {
    const text = readFileSync('/proc/cpuinfo', 'utf8');
    const field = (name: string) => new RegExp(`^${name}\\s*:(.*)$`, 'm').exec(text)?.[1]?.trim();
    const numbers = `family ${field('cpu family')}, model ${field('model')}`;
    return `${field('model name')}, ${numbers}`;
  }
  return cpus()[0]?.model ?? '';
}

/** The vector instructions that libtorch uses here. */
export function cpuCapability(): string {
  return torch.backends.cpu.getCpuCapability();
}
