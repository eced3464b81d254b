import './entry.js';
import init from './pkg/squares.js';

init().catch((error) => globalThis.show('failed', String(error)));
