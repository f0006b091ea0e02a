import { element, request } from './dom.js';

/** @param {unknown} error */
function complain(error) {
  element('problem').textContent = error instanceof Error ? error.message : String(error);
}

/** The form that queues a training. */
export function setUpForm() {
  const form = /** @type {HTMLFormElement} */ (element('job'));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    element('problem').textContent = '';
    const settings = Object.fromEntries(
      [...new FormData(form)].map(([name, value]) => [name, Number(value)]),
    );
    await request('/api/jobs', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(settings),
    }).catch(complain);
  });
}

/**
 * The table of jobs.
 *
 * @param {import('./types.js').Job[]} jobs
 */
export function showJobs(jobs) {
  element('jobs').replaceChildren(...jobs.map(rowOf));
}

/** @param {import('./types.js').Job} job */
function rowOf(job) {
  const { epochs, batchSize, lr, momentum, seed } = job.settings;
  const row = document.createElement('tr');
  row.dataset.status = job.status;
  const cells = [
    job.id,
    job.error ? `${job.status}: ${job.error}` : job.status,
    job.steps.toLocaleString('en'),
    `${epochs} epochs, batch ${batchSize}, lr ${lr}, momentum ${momentum}, seed ${seed}`,
    job.starts,
  ];
  for (const text of cells) row.insertCell().textContent = String(text);
  const last = row.insertCell();
  if (job.status === 'queued' || job.status === 'running') last.append(cancelButton(job.id));
  return row;
}

/** @param {number} id */
function cancelButton(id) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = 'Cancel';
  button.setAttribute('aria-label', `Cancel job ${id}`);
  button.addEventListener('click', () => {
    request(`/api/jobs/${id}`, { method: 'DELETE' }).catch(complain);
  });
  return button;
}
