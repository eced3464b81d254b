import { serve } from '@insula/web/worker';
export const api = serve({ f: () => 1 }, { init: () => Promise.reject(new RangeError('no state')) });
