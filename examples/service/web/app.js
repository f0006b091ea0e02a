// The page: what the service tells by server-sent events, drawn; and what the user asks of it.
import { lineChart } from './chart.js';
import { Curve } from './curve.js';
import { element } from './dom.js';
import { setUpDrawing } from './drawing.js';
import { setUpForm, showJobs } from './jobs.js';

const style = getComputedStyle(document.documentElement);
const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();

const lossChart = lineChart(element('loss-chart'), {
  colour: colour('--accent'),
  logarithmic: true,
  format: (value) => String(Number(value.toPrecision(2))),
});
const accuracyChart = lineChart(element('accuracy-chart'), {
  colour: colour('--second'),
  points: true,
  format: (value) => `${Number(value.toFixed(2))}%`,
});

const status = element('status');
const summary = element('summary');
const progress = /** @type {HTMLProgressElement} */ (element('progress'));
const drawing = setUpDrawing();
setUpForm();

/** What is shown: one job, its losses, and the looks at the test images. */
let job = 0;
let losses = new Curve();
/** @type {import('./types.js').Evaluation[]} */
let evaluations = [];
/** @type {import('./types.js').Job[]} */
let jobs = [];

/** @param {number} shown */
function show(shown) {
  if (shown === job) return;
  job = shown;
  losses = new Curve();
  evaluations = [];
}

/** @param {string} state @param {string} text */
function say(state, text) {
  status.dataset.state = state;
  status.textContent = text;
}

function draw() {
  const { steps, means } = losses.points();
  lossChart.set(steps, means);
  element('bucket').textContent = String(losses.width);
  accuracyChart.set(
    evaluations.map(({ step }) => step),
    evaluations.map(({ accuracy }) => 100 * accuracy),
  );
  const total = jobs.find(({ id }) => id === job)?.steps ?? 0;
  progress.value = total > 0 ? losses.count / total : 0;
  const last = evaluations.at(-1);
  summary.textContent = job
    ? `job ${job}, step ${losses.count.toLocaleString('en')} of ${total.toLocaleString('en')}` +
      (last ? `, accuracy ${(100 * last.accuracy).toFixed(1)}%` : '')
    : 'no job yet: queue one below';
}

let asked = false;

/** Draws once a frame, however many events come. */
function drawSoon() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    draw();
  });
}

const source = new EventSource('/api/events');

/** @param {string} type @param {(data: any) => void} take */
function on(type, take) {
  source.addEventListener(type, ({ data }) => {
    take(JSON.parse(data));
    drawSoon();
  });
}

source.addEventListener('error', () => say('lost', 'connection lost, trying again'));

on('jobs', (/** @type {import('./types.js').Job[]} */ told) => {
  jobs = told;
  showJobs(jobs);
  const running = jobs.find((candidate) => candidate.status === 'running');
  say(running ? 'training' : 'waiting', running ? `training job ${running.id}` : 'idle');
});

on('losses', (told) => {
  show(told.job);
  losses.add(told.first, told.losses);
});

on('evaluations', (told) => {
  show(told.job);
  evaluations.push(...told.evaluations);
  drawing.ask(); // the model has learnt something since
});

draw();
