// As main.js, for a bundler that finds neither the worker nor the wasm file by itself: the
// configuration puts their URLs here.
import './entry.js';
import init from './pkg/squares.js';
import { wasm, worker } from 'urls';

globalThis.workerUrl = new URL(worker, import.meta.url).href;
init({ module_or_path: new URL(wasm, import.meta.url) }).catch((error) => globalThis.show('failed', String(error)));
