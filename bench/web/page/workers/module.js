// What a worker needs with the same module and glue as insula's: it loads both, and answers once.
import load, { echoOf } from '../module/insula_bench_web.js';

onmessage = async ({ data }) => {
  await load({ module_or_path: data.module });
  postMessage(echoOf(data.number));
};
