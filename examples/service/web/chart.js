import uPlot from '/uplot/uPlot.esm.js';

const HEIGHT = 240;

/**
 * A chart of one line over the steps, as wide as the element it is put into.
 *
 * @param {HTMLElement} place
 * @param {{ colour: string, format: (value: number) => string, logarithmic?: boolean,
 *   points?: boolean }} options
 */
export function lineChart(place, { colour, format, logarithmic = false, points = false }) {
  const style = getComputedStyle(document.documentElement);
  const axis = {
    stroke: style.getPropertyValue('--soft'),
    grid: { stroke: style.getPropertyValue('--line'), width: 1 },
    ticks: { stroke: style.getPropertyValue('--line'), width: 1 },
  };
  const chart = new uPlot(
    {
      width: Math.max(place.clientWidth, 100),
      height: HEIGHT,
      legend: { show: false },
      cursor: { drag: { x: false, y: false } },
      scales: { x: { time: false }, y: logarithmic ? { distr: 3 } : {} },
      axes: [
        { ...axis, size: 32 },
        {
          ...axis,
          size: 56,
          values: (_chart, splits) => splits.map((value) => (value === null ? '' : format(value))),
        },
      ],
      series: [{}, { stroke: colour, width: 1.5, points: { show: points, size: 5 } }],
    },
    [[], []],
    place,
  );
  new ResizeObserver(() => chart.setSize({ width: place.clientWidth, height: HEIGHT })).observe(
    place,
  );
  return {
    /** @param {number[]} steps @param {number[]} values */
    set: (steps, values) => chart.setData([steps, values]),
  };
}
