import { runAll } from './harness.js';
import './errors.js';
import './isolates.js';
import './jobs.js';
import './pools.js';
import './starts.js';
import './streams.js';

const filter = new URLSearchParams(location.search).get('filter') ?? '';
const outcomes = await runAll(filter);
document.body.textContent = JSON.stringify(outcomes);
document.body.dataset.state = 'done';
