import { serve } from '@insula/web/worker';
serve({});
serve({});
