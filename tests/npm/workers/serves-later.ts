import { serve } from '@insula/web/worker';
await new Promise((resolve) => setTimeout(resolve, 500));
export const api = serve({ f: () => 'served later' });
