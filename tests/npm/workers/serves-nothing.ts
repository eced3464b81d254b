import { serve } from '@insula/web/worker';
export const api = serve({});
