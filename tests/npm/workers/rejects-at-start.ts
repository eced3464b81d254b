import '@insula/web/worker';
await Promise.reject(new RangeError('at the top level'));
