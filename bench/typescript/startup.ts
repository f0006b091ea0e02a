const begin = performance.now();
const { default: torch } = await import('sconce');
const result = torch.add(torch.tensor([1, 2]), 1).tolist();
const seconds = (performance.now() - begin) / 1000;
if (String(result) !== '2,3') throw new Error(`unexpected result ${result}`);

const { peakMegabytes } = await import('../_helpers/serve.js');
console.log(JSON.stringify({ seconds, peak: peakMegabytes() }));
