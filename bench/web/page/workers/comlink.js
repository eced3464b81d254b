import { expose } from 'comlink';
import { busy } from '../busy.js';

expose({ echo: (value) => value, busy });
