/** Samples of the OpInfo tables that sconce does not pass, and why. */
export interface Miss {
  /** The whole name of an entry of the tables. */
  name: RegExp;
  /** The whole of what is said of it, where only such misses are meant. */
  text?: RegExp;
  reason: string;
}

export const misses: Miss[] = [
  {
    name: /(lin|log)space(\.tensor_overload)?/,
    text: /does not throw/,
    reason: 'steps of 1.0: JavaScript does not tell 1.0 from 1, which Python takes',
  },
];

/** The listed miss that a failure is, if it is one. */
export function listed(name: string, text: string): Miss | undefined {
  const whole = (pattern: RegExp, value: string) =>
    new RegExp(`^(?:${pattern.source})$`, 's').test(value);
  return misses.find((miss) => whole(miss.name, name) && (!miss.text || whole(miss.text, text)));
}
