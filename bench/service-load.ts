import { load, loadOptions } from '../test/_helpers/service/load.js';
import { Service, serviceFolder } from '../test/_helpers/service/process.js';
import type { Bench } from './_helpers/bench.js';
import { quantile } from './_helpers/http-load.js';
import { alone } from './_helpers/report.js';
import { median } from './_helpers/statistics.js';

const bench: Bench = {
  title: 'The service example: slow, broken and wrong clients while it trains',
  async run({ quick }) {
    const { folder, remove } = serviceFolder();
    const service = await Service.start(folder, ...loadOptions);
    try {
      const { id } = await service.queue({ batchSize: 64, epochs: 20 });
      await service.waitFor(id, ({ step }) => step > 300);
      const seconds = quick ? 3 : 60;
      const { counts, faults, accuracy, memory, health } = await load(service, seconds);
      for (const fault of faults) console.log(fault);
      // The first third warms up.
      const third = Math.floor(memory.length / 3);
      const early = median(memory.slice(third, 2 * third));
      const late = median(memory.slice(-third));
      return [
        ...Object.entries(counts).map(([what, count]) => alone(what, 'times', [count])),
        alone('answers that were wrong, or missing', 'times', [faults.length], 0),
        alone('predictions that were right', '%', [100 * accuracy]),
        alone('health check, p99', 'ms', [quantile(health, 0.99)]),
        alone('memory in the second third', 'MB', [early]),
        alone('memory in the last third', 'MB', [late], 1.05 * early),
      ];
    } finally {
      await service.end('SIGKILL');
      remove();
    }
  },
};

export default bench;
