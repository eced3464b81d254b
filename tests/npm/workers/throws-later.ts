import '@insula/web/worker';
await new Promise((resolve) => setTimeout(resolve, 50));
throw new RangeError('after a while');
export {};
