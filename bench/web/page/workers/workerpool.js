import workerpool from 'workerpool';
import { busy } from '../busy.js';

workerpool.worker({ echo: (value) => value, busy });
