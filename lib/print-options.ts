import { ValueError } from './errors.js';
import { type Call, Signature } from './options.js';

/** What {@link setPrintoptions} takes. */
export interface PrintOptions {
  /** Digits after the point of a floating-point number, 0 to 100. Default: 4. */
  precision?: number;
  /** With more elements than this, only the edges are printed. Default: 1000. */
  threshold?: number;
  /** How many elements are printed at each edge of a dimension. Default: 3. */
  edgeitems?: number;
  /** How many characters a line may have. Default: 80. */
  linewidth?: number;
  /** A set of defaults, which the other options override. */
  profile?: 'default' | 'short' | 'full';
  /** Whether numbers are printed as `1.0000e-05`. Default: where that is easier to read. */
  sciMode?: boolean | null;
}

const profiles = {
  default: { precision: 4, threshold: 1000, edgeitems: 3, linewidth: 80 },
  short: { precision: 2, threshold: 1000, edgeitems: 2, linewidth: 80 },
  full: { precision: 4, threshold: Number.POSITIVE_INFINITY, edgeitems: 3, linewidth: 80 },
};

/** The options in force. @internal */
export const printing = { ...profiles.default, sciMode: null as boolean | null };

const signature = new Signature<PrintOptions>('torch.setPrintoptions', {
  precision: undefined,
  threshold: undefined,
  edgeitems: undefined,
  linewidth: undefined,
  profile: undefined,
  sciMode: undefined,
});

function checkNumber(name: string, value: number | undefined, most = Number.POSITIVE_INFINITY) {
  if (value === undefined || value === null) return;
  const isWhole = Number.isInteger(value) || value === most;
  if (!isWhole || value < 0 || value > most) {
    const range = most === Number.POSITIVE_INFINITY ? 'of at least 0' : `from 0 to ${most}`;
    throw new ValueError(
      `torch.setPrintoptions: \`${name}\` must be an integer ${range}, got ${value}`,
    );
  }
}

/**
 * Sets how tensors are printed from now on. What is not given stays as it is, but for `sciMode`,
 * which goes back to its default, as in PyTorch.
 *
 * Takes {@link PrintOptions}, by position or by name.
 *
 * @throws ValueError for a value out of range, or an unknown profile.
 * @example
 * ```ts
 * torch.setPrintoptions({ precision: 2 });
 * console.log(torch.tensor([1.12345])); // tensor([1.12])
 * torch.setPrintoptions({ profile: 'default' });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.set_printoptions.html
 */
export function setPrintoptions(
  ...args: Call<
    [],
    [
      precision: number,
      threshold: number,
      edgeitems: number,
      linewidth: number,
      profile: 'default' | 'short' | 'full',
      sciMode: boolean | null,
    ],
    PrintOptions
  >
): void {
  const { precision, threshold, edgeitems, linewidth, profile, sciMode } = signature.bind(args);
  if (profile !== undefined && !Object.hasOwn(profiles, profile)) {
    throw new ValueError(
      `torch.setPrintoptions: \`profile\` must be 'default', 'short' or 'full', got '${profile}'`,
    );
  }
  checkNumber('precision', precision, 100);
  checkNumber('threshold', threshold);
  checkNumber('edgeitems', edgeitems);
  checkNumber('linewidth', linewidth);
  if (profile !== undefined) Object.assign(printing, profiles[profile]);
  printing.precision = precision ?? printing.precision;
  printing.threshold = threshold ?? printing.threshold;
  printing.edgeitems = edgeitems ?? printing.edgeitems;
  printing.linewidth = linewidth ?? printing.linewidth;
  printing.sciMode = sciMode ?? null;
}
